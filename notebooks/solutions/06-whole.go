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

// why: `ActionPause` in a body's callback lets Envoy keep the piece, and hand over all that it kept with the next one. The
// why: last call has the whole body, however it was cut. The price is memory, and a client that waits for the last piece
// why: before it gets the first.
