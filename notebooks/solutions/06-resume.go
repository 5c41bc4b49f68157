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

// why: A reply comes in any case, also where the service is down: then its status is 503 or 504. So each way through
// why: this callback must end the pause, one by letting the request go on, the other by an answer. A door that opens when
// why: nobody can be asked is no door.
