// cell: %%go mine/reply.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

func (plugin *pluginContext) onReply(numHeaders, bodySize, numTrailers int) {
	reply := map[string]string{}
	headers, _ := proxywasm.GetHttpCallResponseHeaders()
	for _, header := range headers {
		reply[header[0]] = header[1]
	}
	// solution
	if reply[":status"] == "200" && reply["authorization"] != "" {
		plugin.token = reply["authorization"]
	}
	//> plugin.token = reply["authorization"]
	// end
}

// why: A reply comes in any case, also when the service is down: then Envoy makes one, with status 503.
// why: So its coming means nothing yet. Both are asked for, since a 200 without the header would wipe
// why: out a good token, and an error's header is no token. What fails leaves the last good one where
// why: it is.
