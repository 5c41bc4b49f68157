package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

// vmContext is the root: Envoy makes one in each VM.
type vmContext struct {
	types.DefaultVMContext
}

func (vm *vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	return &pluginContext{}
}

// pluginContext is the filter with its settings. It lives as long as the VM, so what must outlive
// a request is kept here.
type pluginContext struct {
	types.DefaultPluginContext
	ticks int    // how often the timer fired; this filter sets no timer
	token string // the newest token; this filter fetches none
}

func (plugin *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &httpContext{plugin: plugin}
}

// httpContext is one request and its response.
type httpContext struct {
	types.DefaultHttpContext
	plugin *pluginContext
}
