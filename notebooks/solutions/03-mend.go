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

// why: The misspelled name is not in the package `types`, so Go does not know what you mean. A variable
// why: that is never read is nearly always a mistake, as here: it was meant to be the header's value.
// why: So Go refuses it, and the error shows you the bug.
