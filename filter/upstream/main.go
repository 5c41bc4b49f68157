// Package main puts the token where it belongs: on the request to the upstream, and nowhere else.
//
// Every 15 seconds it asks a JWT service for a token, as the token filter does. Each request then goes on
// with `authorization: Bearer …`, so that the upstream knows who asks. Three things are to be kept:
//
//   - An `authorization` that a client sends is taken away, always, also while there is no token yet. Else
//     anybody could speak to the upstream in another one's name.
//   - The client never gets the token. A response header that holds it, since the upstream sent it back,
//     is taken away.
//   - Without a token a request gets a 503, or goes on without one: the setting `without_token` says which.
//
// envoy/upstream.yaml runs it before a second listener, which checks the token as an upstream would.
package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// main stays empty: the module is a library that Envoy calls into.
func main() {}

func init() {
	proxywasm.SetVMContext(newVMContext())
}

// authorization is the header that an upstream looks for (RFC 9110, section 11.6.2).
const authorization = "authorization"

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
	return &pluginContext{vmTag: vm.tag}
}

// pluginContext is the filter with its configuration: it owns the timer and the token.
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
}

// OnPluginStart reads the plugin's configuration and starts the timer.
func (plugin *pluginContext) OnPluginStart(configurationSize int) types.OnPluginStartStatus {
	read, err := readSettings()
	if err != nil {
		return plugin.refuse(err.Error())
	}
	plugin.settings, plugin.counters = read, defineCounters()
	if err := proxywasm.SetTickPeriodMilliSeconds(read.tickMs); err != nil {
		return plugin.refuse(reason(err))
	}
	plugin.logInfo("start", number("tick_ms", uint64(read.tickMs)),
		field("cluster", read.cluster), field("path", read.path))
	return types.OnPluginStartStatusOK
}

func (plugin *pluginContext) refuse(why string) types.OnPluginStartStatus {
	proxywasm.LogCritical(line("settings_refused", plugin.vmTag, field("error", why)))
	return types.OnPluginStartStatusFailed
}

// NewHttpContext is called for each request that passes the filter.
func (plugin *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &httpContext{plugin: plugin}
}

// httpContext is one request and its response.
type httpContext struct {
	types.DefaultHttpContext
	plugin *pluginContext
	// sent is the token that this request went on with: a newer one may be there by the response.
	sent string
}

// OnHttpRequestHeaders takes the client's own away first, and only then looks whether there is a token.
//
// lesson: request
func (ctx *httpContext) OnHttpRequestHeaders(numHeaders int, endOfStream bool) types.Action {
	plugin := ctx.plugin
	if err := proxywasm.RemoveHttpRequestHeader(authorization); err != nil {
		return plugin.answer503("header_refused", reason(err)) // better no answer than the client's own
	}
	if plugin.token == "" {
		plugin.counters.without.Increment(1)
		if plugin.settings.withoutToken == withoutPass {
			return types.ActionContinue
		}
		return plugin.answer503("no_token", "there is no token yet")
	}
	if err := proxywasm.ReplaceHttpRequestHeader(authorization, plugin.token); err != nil {
		return plugin.answer503("header_refused", reason(err))
	}
	ctx.sent = plugin.token
	plugin.counters.with.Increment(1)
	return types.ActionContinue
}

// lesson: end

// OnHttpResponseHeaders takes the token out of what the upstream sends back. What it says of the token in
// the body it does not see: an upstream that puts it there is to be mended.
//
// lesson: response
func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	plugin := ctx.plugin
	if plugin.settings.vmHeader != "" {
		if err := proxywasm.ReplaceHttpResponseHeader(plugin.settings.vmHeader, plugin.vmTag); err != nil {
			plugin.logWarn("header_refused", field("name", plugin.settings.vmHeader), field("error", reason(err)))
		}
	}
	if ctx.sent == "" {
		return types.ActionContinue
	}
	headers, err := proxywasm.GetHttpResponseHeaders()
	if err != nil {
		return plugin.answer503("response_unread", reason(err))
	}
	secret := strings.TrimPrefix(ctx.sent, bearerPrefix)
	for _, header := range headers {
		if !strings.Contains(header[1], secret) {
			continue
		}
		plugin.logWarn("token_taken_out", field("name", header[0]), field("token", fingerprint(ctx.sent)))
		if err := proxywasm.RemoveHttpResponseHeader(header[0]); err != nil {
			return plugin.answer503("header_refused", reason(err))
		}
	}
	return types.ActionContinue
}

// lesson: end

// answer503 ends a request here. The client is told no more than that there is no token.
func (plugin *pluginContext) answer503(event, why string) types.Action {
	plugin.logWarn(event, field("error", why))
	var own [][2]string
	if plugin.settings.vmHeader != "" {
		own = append(own, [2]string{plugin.settings.vmHeader, plugin.vmTag})
	}
	body := []byte("There is no token to ask the upstream with.\n")
	if err := proxywasm.SendHttpResponse(503, own, body, -1); err != nil {
		plugin.logWarn("answer_refused", field("error", reason(err)))
	}
	return types.ActionPause
}

func (plugin *pluginContext) logInfo(event string, fields ...string) {
	proxywasm.LogInfo(line(event, plugin.vmTag, fields...))
}

func (plugin *pluginContext) logWarn(event string, fields ...string) {
	proxywasm.LogWarn(line(event, plugin.vmTag, fields...))
}
