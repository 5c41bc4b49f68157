// Package main is the token filter: every 15 seconds it asks a JWT service for a token, and it adds
// the newest one to every response.
//
// Envoy runs it in one Wasm VM for each worker thread and one for the main thread. Nothing is shared
// between them: each VM has its own timer, its own contexts, its own token.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// main stays empty: the module is a library that Envoy calls into. What must be there before the
// first call is set up in init, which `_initialize` runs.
func main() {}

func init() {
	proxywasm.SetVMContext(newVMContext())
}

// vmContext is the one root of a VM.
type vmContext struct {
	types.DefaultVMContext
	// tag names the VM in logs, callouts and responses: Envoy itself gives VMs no name.
	tag string
}

func newVMContext() *vmContext {
	return &vmContext{tag: newTag()}
}

// NewPluginContext is called for each plugin that the VM runs. State lives on the context and not in
// a global: two plugins with one vm_id share a VM, and so would share its globals.
func (vm *vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	plugin := &pluginContext{vmTag: vm.tag}
	plugin.response.plugin = plugin
	return plugin
}

// pluginContext is one filter with one configuration: it owns the timer and the token.
type pluginContext struct {
	types.DefaultPluginContext
	vmTag    string
	settings settings
	counters counters
	ticks    uint64
	// token is the header value kept last; "" before the first.
	token string
	// tokenTick is the tick that asked for it: an older reply may come after a newer one.
	tokenTick uint64
	// tokenEndsMs is until when it may be handed on, where the settings ask for that.
	tokenEndsMs int64
	pace        pace
	// response serves each request that passes.
	response httpContext
}

// OnPluginStart reads the plugin's configuration and starts the timer.
//
// lesson: start
func (plugin *pluginContext) OnPluginStart(configurationSize int) types.OnPluginStartStatus {
	read, err := readSettings()
	if err != nil {
		plugin.logCritical("settings_refused", field("error", err.Error()))
		return types.OnPluginStartStatusFailed
	}
	plugin.settings, plugin.counters = read, defineCounters(read)
	if err := proxywasm.SetTickPeriodMilliSeconds(plugin.firstWaitMs()); err != nil {
		plugin.logCritical("settings_refused", field("error", reason(err)))
		return types.OnPluginStartStatusFailed
	}
	plugin.logInfo("start", number("tick_ms", uint64(read.tickMs)),
		field("cluster", read.cluster), field("path", read.path))
	return types.OnPluginStartStatusOK
}

// lesson: end

// OnTick is called each time the timer fires: once per period in every VM.
//
// lesson: tick
func (plugin *pluginContext) OnTick() {
	plugin.ticks++
	plugin.counters.ticks.Increment(1)
	plugin.logInfo("tick", number("n", plugin.ticks))
	plugin.waitForTick()
	if plugin.mayAsk() {
		plugin.askForToken(plugin.ticks)
	}
}

// lesson: end

// askForToken sends the callout. The reply arrives later, in a call of its own: meanwhile the worker
// serves other requests.
//
// lesson: callout
func (plugin *pluginContext) askForToken(tick uint64) {
	headers := [][2]string{
		{":method", plugin.settings.method},
		{":path", plugin.settings.path},
		{":authority", plugin.settings.authority},
		{vmTagHeader, plugin.vmTag},
	}
	_, err := proxywasm.DispatchHttpCall(
		plugin.settings.cluster, headers, nil, nil, plugin.settings.timeoutMs,
		func(numHeaders, bodySize, numTrailers int) { plugin.onReply(tick) },
	)
	if err != nil {
		plugin.counters.refused.Increment(1)
		plugin.logWarn("callout_refused", number("n", tick), field("error", reason(err)))
		plugin.waitAfterFailure(tick)
		return
	}
	plugin.pace.underWay++
	plugin.logInfo("callout", number("n", tick))
}

// lesson: end

// onReply is called for every end of a callout. A refused connection and a timeout end here too:
// Envoy makes a 503 or a 504 of them, so a reply counts only when its status says so.
//
// lesson: token
func (plugin *pluginContext) onReply(tick uint64) {
	plugin.pace.underWay--
	headers, err := proxywasm.GetHttpCallResponseHeaders()
	if err != nil {
		headers = nil // no headers: judged like a reply without a status
	}
	reply := plugin.withExpiry(judge(headers, plugin.settings))
	if reply.outcome == outcomeOK && tick < plugin.tokenTick {
		reply.outcome = outcomeStale
	}
	plugin.counters.fetches[reply.outcome].Increment(1)
	plugin.waitAfter(reply, tick)
	story := []string{number("n", tick), field("outcome", string(reply.outcome)), number("status", reply.status)}
	if reply.outcome != outcomeOK {
		plugin.logWarn("fetch", story...) // the token kept before stays
		return
	}
	plugin.token, plugin.tokenTick, plugin.tokenEndsMs = reply.token, tick, reply.endsMs
	plugin.logInfo("fetch", append(story, plugin.told(reply)...)...)
}

// lesson: end

// NewHttpContext is called for each request that passes the filter. Nothing of a request is kept, so
// all of them have one context: nothing is allocated as they pass.
func (plugin *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &plugin.response
}

// httpContext is a request and its response.
type httpContext struct {
	types.DefaultHttpContext
	plugin *pluginContext
}

// OnHttpResponseHeaders sets the headers. They are replaced and not added: an upstream that sends one
// of them cannot make two of it. Before the first token, an upstream's own is taken away: who reads
// it could not tell that it is not the filter's.
//
// lesson: response
func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	plugin := ctx.plugin
	plugin.setHeader(plugin.settings.greetingHeader, plugin.settings.greeting)
	token := plugin.tokenNow()
	if token == "" {
		plugin.removeHeader(plugin.settings.authHeader)
	} else {
		plugin.setHeader(plugin.settings.authHeader, token)
	}
	if plugin.settings.vmHeader != "" {
		plugin.setHeader(plugin.settings.vmHeader, plugin.vmTag)
	}
	if token == "" {
		return plugin.endWithoutToken()
	}
	return types.ActionContinue
}

// lesson: end

func (plugin *pluginContext) setHeader(name, value string) {
	plugin.noteRefusal(name, proxywasm.ReplaceHttpResponseHeader(name, value))
}

func (plugin *pluginContext) removeHeader(name string) {
	plugin.noteRefusal(name, proxywasm.RemoveHttpResponseHeader(name))
}

// noteRefusal logs that Envoy would not change a header. The response goes on without the change: a
// missing header is better than a missing page.
func (plugin *pluginContext) noteRefusal(name string, err error) {
	if err != nil {
		plugin.logWarn("header_refused", field("name", name), field("error", reason(err)))
	}
}
