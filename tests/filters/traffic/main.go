// Package main does to what passes what examples of the Go SDK do to it, all in one filter: it has
// no timer and calls nobody.
package main

import (
	"encoding/binary"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const (
	key   = "shared_data_key"
	queue = "queue"
)

func main() {}

func init() {
	proxywasm.SetVMContext(&vm{})
}

type vm struct{}

func (*vm) OnVMStart(int) types.OnVMStartStatus {
	if _, err := proxywasm.GetVMConfiguration(); err != nil && err != types.ErrorStatusNotFound {
		return types.OnVMStartStatusFailed
	}
	if err := proxywasm.SetSharedData(key, nil, 0); err != nil {
		proxywasm.LogWarnf("error setting shared data on OnVMStart: %v", err)
	}
	return types.OnVMStartStatusOK
}

func (*vm) NewPluginContext(uint32) types.PluginContext {
	return &plugin{counter: proxywasm.DefineCounterMetric("traffic.counter")}
}

type plugin struct {
	types.DefaultPluginContext
	counter proxywasm.MetricCounter
	queue   uint32
	network bool
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	id, err := proxywasm.RegisterSharedQueue(queue)
	if err != nil {
		return types.OnPluginStartStatusFailed
	}
	p.queue = id
	settings, err := proxywasm.GetPluginConfiguration()
	if err != nil && err != types.ErrorStatusNotFound {
		return types.OnPluginStartStatusFailed
	}
	p.network = strings.Contains(string(settings), "network")
	return types.OnPluginStartStatusOK
}

func (p *plugin) OnQueueReady(id uint32) {
	_, err := proxywasm.DequeueSharedQueue(id)
	if err != nil && err != types.ErrorStatusEmpty {
		proxywasm.LogCriticalf("error retrieving data from queue %d: %v", id, err)
	}
}

// NewHttpContext is asked first: nil says that this is a network filter.
func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	if p.network {
		return nil
	}
	return &stream{plugin: p}
}

func (p *plugin) NewTcpContext(uint32) types.TcpContext {
	return &connection{plugin: p}
}

type stream struct {
	types.DefaultHttpContext
	plugin *plugin
}

// OnHttpRequestHeaders counts in four ways, and answers itself where the path asks for that.
func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	s.plugin.counter.Increment(1)
	s.share()
	if err := proxywasm.EnqueueSharedQueue(s.plugin.queue, []byte("passed")); err != nil {
		proxywasm.LogCriticalf("error queueing: %v", err)
	}
	proxywasm.LogInfo("a request")
	path, err := proxywasm.GetProperty([]string{"request", "path"})
	if err == nil && string(path) == "/refused" {
		_ = proxywasm.SendHttpResponse(401, nil, nil, 16)
		return types.ActionPause
	}
	_ = proxywasm.ReplaceHttpRequestHeader("x-seen", "yes")
	return types.ActionContinue
}

// share adds one to a number that all VMs share, until no other was quicker.
func (s *stream) share() {
	for {
		data, cas, err := proxywasm.GetSharedData(key)
		if err != nil {
			return
		}
		next := uint64(1)
		if len(data) == 8 {
			next += binary.LittleEndian.Uint64(data)
		}
		if proxywasm.SetSharedData(key, binary.LittleEndian.AppendUint64(nil, next), cas) == nil {
			return
		}
	}
}

func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	_ = proxywasm.RemoveHttpResponseHeader("content-length")
	_ = proxywasm.AddHttpResponseHeader("x-traffic", "seen")
	return types.ActionContinue
}

func (s *stream) OnHttpResponseBody(size int, end bool) types.Action {
	if !end {
		return types.ActionPause
	}
	if err := proxywasm.ReplaceHttpResponseBody([]byte("[this is the replaced body]")); err != nil {
		proxywasm.LogErrorf("failed to replace the body: %v", err)
	}
	return types.ActionContinue
}

type connection struct {
	types.DefaultTcpContext
	plugin *plugin
}

func (c *connection) OnNewConnection() types.Action {
	proxywasm.LogInfo("new connection!")
	return types.ActionContinue
}

func (c *connection) OnDownstreamData(size int, end bool) types.Action {
	if size > 0 {
		_, _ = proxywasm.GetDownstreamData(0, size)
	}
	return types.ActionContinue
}

func (c *connection) OnStreamDone() {
	c.plugin.counter.Increment(1)
}
