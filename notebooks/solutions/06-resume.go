// cell: %%go guard/reply.go
package main

import "slices"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

func (ctx *httpContext) onReply(numHeaders, bodySize, numTrailers int) {
	headers, _ := proxywasm.GetHttpCallResponseHeaders()
	yes := slices.Contains(headers, [2]string{":status", "200"})
	proxywasm.LogInfof("the service says yes: %t", yes)
	// solution
	if yes {
		proxywasm.ResumeHttpRequest()
	} else {
		ctx.refuse(503, "The service said no.")
	}
	//> proxywasm.ResumeHttpRequest()
	// end
}
