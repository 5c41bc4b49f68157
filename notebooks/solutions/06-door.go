// cell: %%go guard/request.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpRequestHeaders(numHeaders int, endOfStream bool) types.Action {
	if key, _ := proxywasm.GetHttpRequestHeader("x-key"); key == "open-sesame" {
		return types.ActionContinue
	}
	// solution
	proxywasm.SendHttpResponse(403, nil, []byte("This door needs a key."), -1)
	//> // Your line goes here.
	// end
	return types.ActionPause
}
