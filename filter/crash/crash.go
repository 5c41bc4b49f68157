package main

import (
	"slices"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

// The callbacks that the filter can crash in, in the order in which Envoy comes to them.
const (
	atPluginStart      = "plugin_start"
	atTick             = "tick"
	atQueueReady       = "queue_ready"
	atNewRequest       = "new_request"
	atRequestHeaders   = "request_headers"
	atCalloutReply     = "callout_reply"
	atRequestBody      = "request_body"
	atRequestTrailers  = "request_trailers"
	atResponseHeaders  = "response_headers"
	atResponseBody     = "response_body"
	atResponseTrailers = "response_trailers"
	atStreamDone       = "stream_done"
)

var everywhere = []string{
	atPluginStart, atTick, atQueueReady, atNewRequest, atRequestHeaders, atCalloutReply, atRequestBody,
	atRequestTrailers, atResponseHeaders, atResponseBody, atResponseTrailers, atStreamDone,
}

// byRequest are those that a request's header can name: the ones that come after it was read.
var byRequest = everywhere[slices.Index(everywhere, atRequestHeaders):]

// How to crash.
const (
	howPanic  = "panic"  // Envoy takes the VM out of service
	howLoop   = "loop"   // Envoy does nothing: the thread never comes back
	howMemory = "memory" // TinyGo or Go panics, once Envoy grants no more
)

const megabyte = 1 << 20

// crash ends the VM, or keeps its thread for ever.
//
// lesson: crash
func (plugin *pluginContext) crash(at, how string) {
	proxywasm.LogWarn(line("crash", plugin.vmTag, field("at", at), field("how", how)))
	switch how {
	case howLoop:
		for {
			plugin.spins++
		}
	case howMemory:
		for {
			plugin.kept = append(plugin.kept, make([]byte, megabyte))
		}
	}
	panic("on purpose, in " + at)
}

// lesson: end

// crashIf crashes where the settings name this callback.
func (plugin *pluginContext) crashIf(at string) {
	if plugin.settings.at == at {
		plugin.crash(at, plugin.settings.how)
	}
}
