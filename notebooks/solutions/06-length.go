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

// why: Headers go on before the body comes, so this is the last moment to change them. Without a length, Envoy sends
// why: the body in pieces that say their own, which HTTP/1.1 calls chunked. To write the new length instead, one would have
// why: to know it before the body is there.
