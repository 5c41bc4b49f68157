// Package main calls out in the ways that examples of the Go SDK do; its settings say in which.
package main

import (
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const (
	tickMS     = 200
	timeoutMS  = 5000
	cluster    = "my_custom_svc"
	dispatches = 10
)

func main() {}

func init() {
	proxywasm.SetVMContext(&vm{})
}

type vm struct {
	types.DefaultVMContext
}

func (*vm) NewPluginContext(uint32) types.PluginContext {
	return &plugin{}
}

type plugin struct {
	types.DefaultPluginContext
	shape string
	calls int
}

func (p *plugin) does(what string) bool {
	return strings.Contains(p.shape, what)
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	settings, err := proxywasm.GetPluginConfiguration()
	if err != nil && err != types.ErrorStatusNotFound {
		return types.OnPluginStartStatusFailed
	}
	p.shape = string(settings)
	if p.does("on tick") {
		if err := proxywasm.SetTickPeriodMilliSeconds(tickMS); err != nil {
			return types.OnPluginStartStatusFailed
		}
	}
	return types.OnPluginStartStatusOK
}

// OnTick asks the cluster, or one that is not there, which Envoy refuses.
func (p *plugin) OnTick() {
	p.calls++
	to := cluster
	if p.does("nowhere") {
		to = "nowhere"
	}
	ask := [][2]string{{":method", "GET"}, {":path", "/auth"}, {":authority", "any"}}
	if _, err := proxywasm.DispatchHttpCall(to, ask, nil, nil, timeoutMS, p.onReply); err != nil {
		proxywasm.LogCriticalf("dispatch httpcall failed: %v", err)
	}
}

func (p *plugin) onReply(headers, body, trailers int) {
	if _, err := proxywasm.GetHttpCallResponseTrailers(); err != nil && err != types.ErrorStatusNotFound {
		panic(err)
	}
	proxywasm.LogInfof("called %d, with %d headers", p.calls, headers)
	if p.does("panic") && p.calls == 3 {
		panic("on purpose")
	}
}

func (p *plugin) NewHttpContext(uint32) types.HttpContext {
	return &stream{plugin: p}
}

type stream struct {
	types.DefaultHttpContext
	plugin  *plugin
	pending int
}

// OnHttpRequestHeaders asks whether the request may pass, and lets it wait.
func (s *stream) OnHttpRequestHeaders(int, bool) types.Action {
	if !s.plugin.does("on request") {
		return types.ActionContinue
	}
	headers, err := proxywasm.GetHttpRequestHeaders()
	if err != nil {
		return types.ActionContinue
	}
	if _, err := proxywasm.DispatchHttpCall(cluster, headers, nil, nil, timeoutMS, s.judge); err != nil {
		proxywasm.LogCriticalf("dispatch httpcall failed: %v", err)
		return types.ActionContinue
	}
	return types.ActionPause
}

func (s *stream) judge(headers, size, trailers int) {
	body, _ := proxywasm.GetHttpCallResponseBody(0, size)
	hash := fnv.New32a()
	_, _ = hash.Write(body)
	if !s.plugin.does("forbid") {
		proxywasm.LogInfof("access granted to %d", hash.Sum32())
		_ = proxywasm.ResumeHttpRequest()
		return
	}
	powered := [][2]string{{"powered-by", "proxy-wasm-go-sdk!!"}}
	if err := proxywasm.SendHttpResponse(403, powered, []byte("access forbidden"), -1); err != nil {
		_ = proxywasm.ResumeHttpRequest()
	}
}

// OnHttpResponseHeaders lets the response wait for ten replies.
func (s *stream) OnHttpResponseHeaders(int, bool) types.Action {
	if !s.plugin.does("on response") {
		return types.ActionContinue
	}
	ask := [][2]string{{":path", "/"}, {":method", "GET"}, {":authority", ""}}
	for range dispatches {
		if _, err := proxywasm.DispatchHttpCall(cluster, ask, nil, nil, timeoutMS, s.collect); err != nil {
			panic(err)
		}
		s.pending++
	}
	return types.ActionPause
}

func (s *stream) collect(int, int, int) {
	s.pending--
	if s.pending == 0 {
		_ = proxywasm.AddHttpResponseHeader("total-dispatched", strconv.Itoa(dispatches))
		_ = proxywasm.ResumeHttpResponse()
	}
}
