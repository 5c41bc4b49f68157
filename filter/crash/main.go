// Package main is a filter that crashes when it is asked to, so that one can see what Envoy does then.
//
// On one worker: a request's header names the callback, `x-crash: response_headers`, and crashes the VM
// of the worker that gets the request. On all threads: the setting `at` does, `{"at": "tick",
// "tick_ms": 500}`. How it crashes is `panic` (the default), `loop`, which never ends, or `memory`, which
// takes more and more: the header `x-crash-how`, or the setting `how`.
//
// Whoever may send requests may crash a worker with it: it is for a lab, and for no other place.
package main

import (
	"slices"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// main stays empty: the module is a library that Envoy calls into.
func main() {}

func init() {
	proxywasm.SetVMContext(newVMContext())
}

const (
	queueName = "lab.crash"
	cluster   = "my_custom_svc" // what the callout asks; that it answers at all is enough
	timeoutMs = 1_000
)

// vmContext is the one root of a VM.
type vmContext struct {
	types.DefaultVMContext
	tag string // names the VM in logs and responses
}

func newVMContext() *vmContext {
	return &vmContext{tag: newTag()}
}

func (vm *vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	return &pluginContext{vmTag: vm.tag}
}

// pluginContext is the filter with its settings.
type pluginContext struct {
	types.DefaultPluginContext
	vmTag    string
	settings settings
	ticks    uint64
	callouts uint64
	queue    uint32
	// spins and kept are written to by what never ends, so that no compiler leaves it out.
	spins uint64
	kept  [][]byte
}

// OnPluginStart reads the plugin's configuration, and starts the timer where it asks for one.
func (plugin *pluginContext) OnPluginStart(configurationSize int) types.OnPluginStartStatus {
	read, err := readSettings()
	if err != nil {
		return plugin.refuse(err.Error())
	}
	plugin.settings = read
	plugin.crashIf(atPluginStart)
	if read.at == atQueueReady {
		if plugin.queue, err = proxywasm.RegisterSharedQueue(queueName); err != nil {
			return plugin.refuse(reason(err))
		}
	}
	if read.tickMs > 0 {
		if err := proxywasm.SetTickPeriodMilliSeconds(read.tickMs); err != nil {
			return plugin.refuse(reason(err))
		}
	}
	proxywasm.LogInfo(line("start", plugin.vmTag, number("tick_ms", uint64(read.tickMs))))
	return types.OnPluginStartStatusOK
}

func (plugin *pluginContext) refuse(why string) types.OnPluginStartStatus {
	proxywasm.LogCritical(line("settings_refused", plugin.vmTag, field("error", why)))
	return types.OnPluginStartStatusFailed
}

// OnTick is called on every thread: what crashes here crashes everywhere.
func (plugin *pluginContext) OnTick() {
	plugin.ticks++
	proxywasm.LogInfo(line("tick", plugin.vmTag, number("n", plugin.ticks)))
	if plugin.ticks != plugin.settings.tick {
		return
	}
	plugin.crashIf(atTick)
	if plugin.settings.at == atQueueReady {
		if err := proxywasm.EnqueueSharedQueue(plugin.queue, []byte(plugin.vmTag)); err != nil {
			proxywasm.LogWarn(line("queue_refused", plugin.vmTag, field("error", reason(err))))
		}
	}
}

// OnQueueReady is called in one VM of all that registered the queue.
func (plugin *pluginContext) OnQueueReady(queueID uint32) {
	plugin.crashIf(atQueueReady)
}

// NewHttpContext is called for each request that passes the filter, before its headers can be read.
func (plugin *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	plugin.crashIf(atNewRequest)
	return &httpContext{plugin: plugin}
}

// httpContext is one request and its response.
type httpContext struct {
	types.DefaultHttpContext
	plugin *pluginContext
	at     string // the callback that the request asked to crash in; none where empty
	how    string
}

// here crashes where the request or the settings name this callback.
func (ctx *httpContext) here(at string) {
	if ctx.at == at {
		ctx.plugin.crash(at, ctx.how)
	}
	ctx.plugin.crashIf(at)
}

// OnHttpRequestHeaders reads what the request asks for.
//
// lesson: ask
func (ctx *httpContext) OnHttpRequestHeaders(numHeaders int, endOfStream bool) types.Action {
	ctx.at = ctx.asked(ctx.plugin.settings.atHeader, byRequest, "")
	ctx.how = ctx.asked(ctx.plugin.settings.howHeader, []string{howPanic, howLoop, howMemory}, ctx.plugin.settings.how)
	ctx.here(atRequestHeaders)
	if ctx.at == atCalloutReply || ctx.plugin.settings.at == atCalloutReply {
		return ctx.callOut()
	}
	return types.ActionContinue
}

// lesson: end

// asked returns what a header asks for; a word that is none of those known is said in the log.
func (ctx *httpContext) asked(header string, known []string, otherwise string) string {
	word, err := proxywasm.GetHttpRequestHeader(header)
	if err != nil || word == "" {
		return otherwise // the request has no such header
	}
	if !slices.Contains(known, word) {
		proxywasm.LogWarn(line("crash_not_known", ctx.plugin.vmTag, field("header", header), field("value", shortened(word))))
		return otherwise
	}
	return word
}

// callOut holds the request until a callout is answered, to crash there.
func (ctx *httpContext) callOut() types.Action {
	plugin := ctx.plugin
	plugin.callouts++
	n := number("n", plugin.callouts)
	headers := [][2]string{{":method", "GET"}, {":path", "/"}, {":authority", cluster}}
	_, err := proxywasm.DispatchHttpCall(cluster, headers, nil, nil, timeoutMs,
		func(numHeaders, bodySize, numTrailers int) {
			proxywasm.LogInfo(line("fetch", plugin.vmTag, n, field("outcome", "answered"), number("status", 0)))
			ctx.here(atCalloutReply)
		})
	if err != nil {
		proxywasm.LogWarn(line("callout_refused", plugin.vmTag, n, field("error", reason(err))))
		return types.ActionContinue
	}
	proxywasm.LogInfo(line("callout", plugin.vmTag, n))
	return types.ActionPause
}

func (ctx *httpContext) OnHttpRequestBody(bodySize int, endOfStream bool) types.Action {
	ctx.here(atRequestBody)
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpRequestTrailers(numTrailers int) types.Action {
	ctx.here(atRequestTrailers)
	return types.ActionContinue
}

// OnHttpResponseHeaders greets, as hello does: so one sees which responses passed the filter.
func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	ctx.here(atResponseHeaders)
	settings := ctx.plugin.settings
	ctx.setHeader(settings.greetingHeader, settings.greeting)
	if settings.vmHeader != "" {
		ctx.setHeader(settings.vmHeader, ctx.plugin.vmTag)
	}
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpResponseBody(bodySize int, endOfStream bool) types.Action {
	ctx.here(atResponseBody)
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpResponseTrailers(numTrailers int) types.Action {
	ctx.here(atResponseTrailers)
	return types.ActionContinue
}

// OnHttpStreamDone is called when all is over: the client has its response already.
func (ctx *httpContext) OnHttpStreamDone() {
	ctx.here(atStreamDone)
}

func (ctx *httpContext) setHeader(name, value string) {
	if err := proxywasm.ReplaceHttpResponseHeader(name, value); err != nil {
		proxywasm.LogWarn(line("header_refused", ctx.plugin.vmTag, field("name", name), field("error", reason(err))))
	}
}
