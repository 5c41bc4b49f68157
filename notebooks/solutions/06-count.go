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

// why: Envoy knows the route before the filter runs, and a property tells it. A counter belongs to all
// why: VMs by its name, so the name says what is counted, and `counter` makes each only once for a VM.
// why: It counts beside the answer, in `refuse`, so that nothing is refused without being counted.
