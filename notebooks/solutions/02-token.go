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
