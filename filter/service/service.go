package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// service is the part that fetches.
type service struct {
	ticks uint64
	// tokenTick is the tick whose token was shared last: an older reply may come after a newer one.
	tokenTick uint64
	// shared tells whether this plugin has put a token into the shared data.
	shared bool
}

func (plugin *pluginContext) startService() types.OnPluginStartStatus {
	if err := proxywasm.SetTickPeriodMilliSeconds(plugin.settings.tickMs); err != nil {
		return plugin.refuse("settings_refused", reason(err))
	}
	plugin.logInfo("start", number("tick_ms", uint64(plugin.settings.tickMs)),
		field("cluster", plugin.settings.cluster), field("path", plugin.settings.path),
		field("shares", plugin.place()))
	return types.OnPluginStartStatusOK
}

// OnTick asks for a token. Only the service has a timer, so this is one call a period.
//
// lesson: tick
func (plugin *pluginContext) OnTick() {
	service := &plugin.service
	service.ticks++
	tick := service.ticks
	plugin.logInfo("tick", number("n", tick))
	if tick == plugin.settings.panicAt {
		panic("the service panics on purpose, at its tick " + number("n", tick))
	}
	headers := [][2]string{
		{":method", "GET"},
		{":path", plugin.settings.path},
		{":authority", plugin.settings.cluster},
		{vmTagHeader, plugin.writer()},
	}
	_, err := proxywasm.DispatchHttpCall(
		plugin.settings.cluster, headers, nil, nil, plugin.settings.timeoutMs,
		func(numHeaders, bodySize, numTrailers int) { plugin.onReply(tick) },
	)
	if err != nil {
		plugin.logWarn("callout_refused", number("n", tick), field("error", reason(err)))
		return
	}
	plugin.logInfo("callout", number("n", tick))
}

// lesson: end

// onReply is called for every end of a callout; a refused connection and a timeout end here too.
func (plugin *pluginContext) onReply(tick uint64) {
	headers, err := proxywasm.GetHttpCallResponseHeaders()
	if err != nil {
		headers = nil // no headers: judged like a reply without a status
	}
	judged := judge(headers, plugin.settings.tokenHeader, plugin.settings.maxTokenBytes)
	if judged.outcome == outcomeOK && tick < plugin.service.tokenTick {
		judged.outcome = outcomeStale
	}
	story := []string{number("n", tick), field("outcome", string(judged.outcome)), number("status", judged.status)}
	if judged.outcome != outcomeOK {
		plugin.logWarn("fetch", story...) // the token shared before stays
		return
	}
	plugin.service.tokenTick = tick
	plugin.logInfo("fetch", append(story, field("token", fingerprint(judged.token)))...)
	plugin.share(tick, judged.token)
}
