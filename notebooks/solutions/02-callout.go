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

// why: An HTTP request says what it wants by four things that begin with a colon; three of them are
// why: yours to give, and `:authority` is the host. Envoy sends no request without one. Any text will
// why: do where one server answers for all names, so the cluster's name is a good choice.
