// cell: %%go guard/body.go
package main

import "bytes"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpResponseBody(bodySize int, endOfStream bool) types.Action {
	// solution
	if !endOfStream {
		return types.ActionPause
	}
	//> // Your lines go here.
	// end
	body, _ := proxywasm.GetHttpResponseBody(0, bodySize)
	proxywasm.ReplaceHttpResponseBody(bytes.ReplaceAll(body, []byte("Hello"), []byte("Welcome")))
	return types.ActionContinue
}

// why: A word may begin in one piece and end in the next, so no piece alone shows it. `ActionPause`
// why: lets Envoy keep what came, and call again with more. At `endOfStream` all of it is there. The
// why: price is memory and time: nothing goes on before the last piece, so a filter does this only
// why: where it must.
