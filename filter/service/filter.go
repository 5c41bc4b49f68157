package main

import (
	"errors"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// filter is the part that reads.
type filter struct {
	// told is what the log said last of the shared token: it says it again only when it changes, for a
	// line for each request would be too many.
	told string
	// woken counts how often the shared queue woke this plugin.
	woken uint64
}

func (plugin *pluginContext) startFilter() types.OnPluginStartStatus {
	if plugin.settings.queue != "" {
		if _, err := proxywasm.RegisterSharedQueue(plugin.settings.queue); err != nil {
			return plugin.refuse("queue_refused", reason(err))
		}
	}
	plugin.logInfo("start", number("tick_ms", 0), field("reads", plugin.place()))
	return types.OnPluginStartStatusOK
}

// OnQueueReady is called when something is in the shared queue: in one VM of all that registered it.
func (plugin *pluginContext) OnQueueReady(queueID uint32) {
	for {
		text, err := proxywasm.DequeueSharedQueue(queueID)
		if err != nil {
			return // the queue is empty
		}
		plugin.filter.woken++
		plugin.logInfo("woken", number("n", plugin.filter.woken), field("queue", plugin.settings.queue),
			field("token", string(text)))
	}
}

// NewHttpContext is called for each request that passes the filter.
func (plugin *pluginContext) NewHttpContext(contextID uint32) types.HttpContext {
	return &httpContext{plugin: plugin}
}

// httpContext is one request and its response.
type httpContext struct {
	types.DefaultHttpContext
	plugin *pluginContext
}

// OnHttpResponseHeaders sets the headers, replacing an upstream's own. Without a token of ours an
// upstream's x-auth is taken away: who reads it could not tell that it is not the filter's.
//
// lesson: response
func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	plugin := ctx.plugin
	plugin.setHeader(plugin.settings.greetingHeader, plugin.settings.greeting)
	if token := plugin.readShared(); token == "" {
		plugin.noteRefusal(plugin.settings.authHeader, proxywasm.RemoveHttpResponseHeader(plugin.settings.authHeader))
	} else {
		plugin.setHeader(plugin.settings.authHeader, token)
	}
	if plugin.settings.vmHeader != "" {
		plugin.setHeader(plugin.settings.vmHeader, plugin.vmTag)
	}
	return types.ActionContinue
}

// lesson: end

// readShared returns the token of the shared data; "" where there is none to hand on.
//
// lesson: read
func (plugin *pluginContext) readShared() string {
	value, _, err := proxywasm.GetSharedData(plugin.settings.key)
	switch {
	case errors.Is(err, types.ErrorStatusNotFound):
		return plugin.without("missing")
	case err != nil:
		return plugin.without("refused", field("error", reason(err)))
	}
	found, ok := parseShared(string(value))
	if !ok {
		return plugin.without("malformed")
	}
	age := max(time.Now().UnixMilli()-found.atMs, 0)
	if most := plugin.settings.maxAgeMs; most > 0 && uint64(age) > most {
		return plugin.without("old", field("by", found.by))
	}
	plugin.tell("ok "+found.token, func() {
		plugin.logInfo("read", field("outcome", "ok"), field("token", fingerprint(found.token)),
			field("by", found.by), number("age_ms", uint64(age)))
	})
	return found.token
}

// lesson: end

// without says, once, why there is no token to hand on.
func (plugin *pluginContext) without(outcome string, fields ...string) string {
	plugin.tell(outcome, func() {
		plugin.logWarn("read", append([]string{field("outcome", outcome), field("place", plugin.place())}, fields...)...)
	})
	return ""
}

// tell logs what is another than the last time.
func (plugin *pluginContext) tell(what string, log func()) {
	if plugin.filter.told != what {
		plugin.filter.told = what
		log()
	}
}

func (plugin *pluginContext) setHeader(name, value string) {
	plugin.noteRefusal(name, proxywasm.ReplaceHttpResponseHeader(name, value))
}

// noteRefusal logs that Envoy would not change a header. The response goes on without the change.
func (plugin *pluginContext) noteRefusal(name string, err error) {
	if err != nil {
		plugin.logWarn("header_refused", field("name", name), field("error", reason(err)))
	}
}
