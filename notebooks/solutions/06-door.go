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

// why: `ActionPause` alone only stops a request, and nobody tells the client. `SendHttpResponse`
// why: answers it at once, and the upstream is never asked. `ActionPause` stays below it: the request
// why: is not to go on as well. Whoever has no key and whoever guesses one are told the same, so that a
// why: guess teaches nothing.
