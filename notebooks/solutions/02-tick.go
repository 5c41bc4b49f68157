// cell: %%go mine/tick.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

func (plugin *pluginContext) OnTick() {
	// solution
	plugin.ticks++
	//> // Count the tick here.
	// end
	proxywasm.LogInfof("tick %d", plugin.ticks)
}
