// cell: %%go guard/refuse.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) refuse(status uint32, why string) types.Action {
	proxywasm.SendHttpResponse(status, nil, []byte(why), -1)
	route, _ := proxywasm.GetProperty([]string{"xds", "route_name"})
	proxywasm.LogInfof("refused on the route %s", route)
	// solution
	counter("guard." + string(route) + ".refused").Increment(1)
	//> counter("guard.refused").Increment(1)
	// end
	return types.ActionPause
}

// why: A counter's name is all that tells one from another, so the route belongs into the name. Routes have few names,
// why: and they come from Envoy's configuration: no client can make more of them, as one could with paths or headers.
