// cell: %%go mine/response.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "hello from wasm")
	// solution
	proxywasm.ReplaceHttpResponseHeader("x-lesson", "02")
	//> // Your line goes here.
	// end
	return types.ActionContinue
}

// why: `ReplaceHttpResponseHeader` sets a header, whether it was there or not. `AddHttpResponseHeader`
// why: would put a second one beside an upstream's own, and a client may read either. The place
// why: matters, too: what stands below `return` never runs.
