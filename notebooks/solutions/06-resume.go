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

// why: A reply comes in any case: when the service says no, and when it is down, too. Each way has to
// why: end the pause, or the client waits for ever. Only a 200 opens the door. With all else the filter
// why: refuses: a guard who lets everybody in when nobody answers is none.
