// cell: %%go mine/response.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "hello from wasm")
	// solution
	if ctx.plugin.token != "" {
		proxywasm.ReplaceHttpResponseHeader("x-auth", ctx.plugin.token)
	}
	//> proxywasm.ReplaceHttpResponseHeader("x-auth", ctx.plugin.token)
	// end
	return types.ActionContinue
}
