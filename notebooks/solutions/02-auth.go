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

// why: Before the first reply the token is the empty text, as every text in Go begins. Without the
// why: `if`, a response would carry an empty `x-auth`, and whoever reads it would take that for a token
// why: that is wrong. No header says the truth: there is none yet.
