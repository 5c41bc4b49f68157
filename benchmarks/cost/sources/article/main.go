// Package main is the article's own filter as `lab adopt` brings it over: it registers in init, and it is
// built with today's SDK. Two things are changed for the benchmark: it ticks each second, and not each 15; and
// it replaces the two headers, for ten filters that add them would leave twenty.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const (
	tickMilliseconds uint32 = 1000
	authHeader              = "authorization"
)

// auth is kept in a global, as in the article: all plugins of a VM share it.
var auth string

func main() {}

func init() {
	proxywasm.SetVMContext(&vmContext{})
}

type vmContext struct {
	types.DefaultVMContext
}

func (*vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	return &pluginContext{contextID: contextID}
}

type pluginContext struct {
	types.DefaultPluginContext
	contextID uint32
	callBack  func(numHeaders, bodySize, numTrailers int)
}

func (ctx *pluginContext) OnPluginStart(pluginConfigurationSize int) types.OnPluginStartStatus {
	if err := proxywasm.SetTickPeriodMilliSeconds(tickMilliseconds); err != nil {
		proxywasm.LogCriticalf("failed to set tick period: %v", err)
		return types.OnPluginStartStatusFailed
	}
	proxywasm.LogInfof("set tick period milliseconds: %d", tickMilliseconds)
	ctx.callBack = func(numHeaders, bodySize, numTrailers int) {
		headers, err := proxywasm.GetHttpCallResponseHeaders()
		if err != nil {
			proxywasm.LogErrorf("failed to get the reply's headers: %v", err)
			return
		}
		for _, header := range headers {
			if header[0] == authHeader {
				auth = header[1]
			}
		}
	}
	return types.OnPluginStartStatusOK
}

func (ctx *pluginContext) OnTick() {
	headers := [][2]string{
		{":method", "GET"}, {":authority", "some_authority"}, {":path", "/auth"}, {"accept", "*/*"},
	}
	if _, err := proxywasm.DispatchHttpCall("my_custom_svc", headers, nil, nil, 5000, ctx.callBack); err != nil {
		proxywasm.LogCriticalf("dispatch httpcall failed: %v", err)
	}
}

func (*pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &httpHeaders{contextID: contextID}
}

type httpHeaders struct {
	types.DefaultHttpContext
	contextID uint32
}

func (ctx *httpHeaders) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	if err := proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "hello from wasm"); err != nil {
		proxywasm.LogCriticalf("failed to set the response header: %v", err)
	}
	if err := proxywasm.ReplaceHttpResponseHeader("x-auth", auth); err != nil {
		proxywasm.LogCriticalf("failed to set the response header: %v", err)
	}
	return types.ActionContinue
}
