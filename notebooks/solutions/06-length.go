// cell: %%go guard/response.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "guard")
	// solution
	proxywasm.RemoveHttpResponseHeader("content-length")
	//> // Your line goes here.
	// end
	return types.ActionContinue
}
