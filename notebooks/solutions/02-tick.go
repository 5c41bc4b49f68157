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

// why: `plugin` is the context that Envoy keeps for as long as the VM lives, so what stands in its
// why: fields outlives the call. A variable inside `OnTick` would begin anew each time. It is counted
// why: before it is logged, so that the first tick is number 1.
