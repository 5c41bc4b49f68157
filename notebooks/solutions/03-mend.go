// cell: %%go broken/response.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	greeting := "mended"
	// solution
	proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", greeting)
	return types.ActionContinue
	//> proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "hello from wasm")
	//> return types.ActionContinu
	// end
}
