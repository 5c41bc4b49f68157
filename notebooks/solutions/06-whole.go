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
