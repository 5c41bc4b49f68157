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

// why: A pause holds the request, and a request that is held needs somebody to end that. SendHttpResponse ends it with
// why: an answer of the filter's own: the upstream never hears of the request. `ActionPause` after it only says that nothing
// why: more is to be done.
