// cell: %%go mine/callout.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

func (plugin *pluginContext) askForToken() {
	// solution
	ask := [][2]string{{":method", "GET"}, {":path", "/auth"}, {":authority", "my_custom_svc"}}
	//> ask := [][2]string{{":method", "GET"}, {":path", "/auth"}}
	// end
	_, err := proxywasm.DispatchHttpCall("my_custom_svc", ask, nil, nil, 5000, plugin.onReply)
	if err != nil {
		proxywasm.LogWarnf("callout refused: %v", err)
	}
}
