// Package main is a gate: who has no key stays outside, and what comes out is put right.
//
// It shows what filters do beside setting headers:
//
//   - Answer in the upstream's place: a request without a good `x-api-key` gets a 403 and goes no further.
//   - Count: one counter for each route and verdict.
//   - Wait: a request with a good key is paused while a service is asked (`GET /auth`). It goes on when the
//     service says 200. No request waits for ever: a service that refuses, is late or is gone ends it, too.
//   - Rewrite a body: body.go tells of the two traps.
//
// envoy/gate.yaml runs it, with two routes that have names.
package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// main stays empty: the module is a library that Envoy calls into.
func main() {}

func init() {
	proxywasm.SetVMContext(newVMContext())
}

// vmContext is the one root of a VM.
type vmContext struct {
	types.DefaultVMContext
	tag string // names the VM in logs, callouts and responses
}

func newVMContext() *vmContext {
	return &vmContext{tag: newTag()}
}

// NewPluginContext is called for each plugin that the VM runs: state lives on the context and not in a
// global, which two plugins with one vm_id would share.
func (vm *vmContext) NewPluginContext(contextID uint32) types.PluginContext {
	return &pluginContext{vmTag: vm.tag, counters: map[string]proxywasm.MetricCounter{}}
}

// pluginContext is the filter with its configuration.
type pluginContext struct {
	types.DefaultPluginContext
	vmTag    string
	settings settings
	counters map[string]proxywasm.MetricCounter
}

// OnPluginStart reads the plugin's configuration. The gate has no timer: it does what requests ask for.
func (plugin *pluginContext) OnPluginStart(configurationSize int) types.OnPluginStartStatus {
	read, err := readSettings()
	if err != nil {
		proxywasm.LogCritical(line("settings_refused", plugin.vmTag, field("error", err.Error())))
		return types.OnPluginStartStatusFailed
	}
	plugin.settings = read
	plugin.logInfo("start", number("keys", uint64(len(read.keys))),
		field("cluster", read.cluster), field("path", read.path))
	return types.OnPluginStartStatusOK
}

// NewHttpContext is called for each request that passes the filter.
func (plugin *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &httpContext{plugin: plugin}
}

// httpContext is one request and its response.
type httpContext struct {
	types.DefaultHttpContext
	plugin *pluginContext
	// rewrites tells whether the body that comes now is to be rewritten: a request's, then a response's.
	rewrites bool
	// gathered is how much of it Envoy keeps back, in bytes.
	gathered int
	// ended tells that the gate itself has answered: what follows is its own.
	ended bool
}

// OnHttpRequestHeaders looks at the key, and pauses a request that has a good one until the service has
// said whether it may go on. Envoy keeps the body back meanwhile.
//
// lesson: request
func (ctx *httpContext) OnHttpRequestHeaders(numHeaders int, endOfStream bool) types.Action {
	plugin := ctx.plugin
	headers, err := proxywasm.GetHttpRequestHeaders()
	if err != nil {
		return ctx.end(503, "unread", "The gate cannot read this request.\n", field("error", reason(err)))
	}
	key, why := keyOf(headers, plugin.settings.keyHeader)
	name := plugin.settings.nameOf(key)
	if why == "" && name == "" {
		why = "unknown_key"
	}
	if why != "" {
		says := "This way needs a key: send a good one as " + plugin.settings.keyHeader + ".\n"
		return ctx.end(403, why, says, field("key", fingerprint(key)))
	}
	if err := plugin.passOn(name); err != nil {
		return ctx.end(503, "header_refused", "The gate cannot change this request.\n", field("error", reason(err)))
	}
	ctx.beginRequestBody(headers, endOfStream)
	if plugin.settings.cluster == "" {
		return ctx.open(name)
	}
	return ctx.ask(name)
}

// lesson: end

// passOn takes the key away, which is for the gate alone, and names its owner to the upstream. A name that
// the client itself has sent is replaced.
func (plugin *pluginContext) passOn(name string) error {
	if err := proxywasm.RemoveHttpRequestHeader(plugin.settings.keyHeader); err != nil {
		return err
	}
	return proxywasm.ReplaceHttpRequestHeader(plugin.settings.nameHeader, name)
}

// ask sends the callout. Until its reply the request stands still, and its worker serves others.
//
// lesson: callout
func (ctx *httpContext) ask(name string) types.Action {
	settings := ctx.plugin.settings
	headers := [][2]string{
		{":method", "GET"},
		{":path", settings.path},
		{":authority", settings.cluster},
		{vmTagHeader, ctx.plugin.vmTag},
	}
	_, err := proxywasm.DispatchHttpCall(settings.cluster, headers, nil, nil, settings.timeoutMs,
		func(numHeaders, bodySize, numTrailers int) { ctx.onReply(name) })
	if err != nil {
		return ctx.end(503, "callout_refused", unasked, field("error", reason(err)))
	}
	ctx.plugin.logInfo("paused", field("name", name))
	return types.ActionPause
}

// lesson: end

// onReply is called for every end of a callout: Envoy makes a 503 of a refused connection, and a 504 of a
// timeout. The SDK does not call it for a client that has left meanwhile.
//
// lesson: reply
func (ctx *httpContext) onReply(name string) {
	var status uint64 // 0 where there is none
	if headers, err := proxywasm.GetHttpCallResponseHeaders(); err == nil {
		status = statusIn(headers)
	}
	switch status {
	case 200:
		ctx.open(name)
		if err := proxywasm.ResumeHttpRequest(); err != nil {
			ctx.end(503, "resume_refused", unasked, field("error", reason(err)))
		}
	case 401, 403:
		ctx.end(403, "service_refused", "The service says no.\n", number("status", status))
	default:
		ctx.end(503, "service_failed", unasked, number("status", status))
	}
}

// lesson: end

// unasked is what a client gets where nobody could be asked.
const unasked = "The service that decides does not answer. Try again later.\n"

// open counts and logs a request that goes on.
func (ctx *httpContext) open(name string) types.Action {
	ctx.plugin.count("passed")
	ctx.plugin.logInfo("passed", field("name", name))
	return types.ActionContinue
}

// end answers in the upstream's place.
func (ctx *httpContext) end(status uint32, why, says string, fields ...string) types.Action {
	ctx.ended, ctx.rewrites = true, false
	ctx.plugin.count(verdictOf(status))
	ctx.plugin.logWarn("refused", append([]string{number("status", uint64(status)), field("why", why)}, fields...)...)
	own := [][2]string{{"content-type", "text/plain"}}
	if err := proxywasm.SendHttpResponse(status, own, []byte(says), -1); err != nil {
		ctx.plugin.logWarn("answer_refused", field("error", reason(err)))
	}
	return types.ActionPause
}

func (plugin *pluginContext) logInfo(event string, fields ...string) {
	proxywasm.LogInfo(line(event, plugin.vmTag, fields...))
}

func (plugin *pluginContext) logWarn(event string, fields ...string) {
	proxywasm.LogWarn(line(event, plugin.vmTag, fields...))
}
