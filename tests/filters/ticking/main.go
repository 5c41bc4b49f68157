// Package main ticks in the ways that examples of the Go SDK do; its settings say in which.
package main

import (
	"math/rand"
	"strings"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const tickMS = 100

func main() {}

// The plugin's context alone is registered, as in the SDK's first example.
func init() {
	proxywasm.SetPluginContext(func(uint32) types.PluginContext { return &plugin{} })
}

type plugin struct {
	types.DefaultPluginContext
	shape     string
	ticks     int
	postponed []uint32
}

func (p *plugin) OnPluginStart(int) types.OnPluginStartStatus {
	settings, err := proxywasm.GetPluginConfiguration()
	if err != nil && err != types.ErrorStatusNotFound {
		return types.OnPluginStartStatusFailed
	}
	p.shape = string(settings)
	if err := proxywasm.SetTickPeriodMilliSeconds(tickMS); err != nil {
		return types.OnPluginStartStatusFailed
	}
	return types.OnPluginStartStatusOK
}

func (p *plugin) OnTick() {
	p.ticks++
	switch {
	case p.does("foreign call"):
		if _, err := proxywasm.CallForeignFunction("compress", []byte("hello world!")); err != nil {
			proxywasm.LogCritical("compress failed: " + err.Error())
		}
	case p.does("postpone"):
		for _, context := range p.postponed {
			_ = proxywasm.SetEffectiveContext(context)
			_ = proxywasm.ResumeHttpRequest()
		}
		p.postponed = nil
	case p.does("panic") && p.ticks == 3:
		panic("on purpose")
	default:
		proxywasm.LogInfof("It's %d: random value: %d", time.Now().UnixNano(), rand.Uint64())
		proxywasm.LogInfo("OnTick called")
	}
}

func (p *plugin) does(what string) bool {
	return strings.Contains(p.shape, what)
}

func (p *plugin) NewHttpContext(context uint32) types.HttpContext {
	return &request{plugin: p, context: context}
}

type request struct {
	types.DefaultHttpContext
	plugin  *plugin
	context uint32
}

func (r *request) OnHttpRequestHeaders(int, bool) types.Action {
	if !r.plugin.does("postpone") {
		return types.ActionContinue
	}
	r.plugin.postponed = append(r.plugin.postponed, r.context)
	return types.ActionPause
}
