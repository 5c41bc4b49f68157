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

// why: Envoy hands over the headers first and sends them on, and then comes the body. So what is to be
// why: changed in the headers is changed there, before the new length is known. Without
// why: `content-length` Envoy sends the body in pieces, each with a length of its own, and the client
// why: reads to the end.
