package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

// bearerPrefix stands before the token in the header (RFC 6750, section 2.1).
const bearerPrefix = "Bearer "

// OnTick asks for a token, once a period in every VM.
func (plugin *pluginContext) OnTick() {
	plugin.ticks++
	tick := plugin.ticks
	plugin.logInfo("tick", number("n", tick))
	headers := [][2]string{
		{":method", "GET"},
		{":path", plugin.settings.path},
		{":authority", plugin.settings.cluster},
		{vmTagHeader, plugin.vmTag},
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

// onReply is called for every end of a callout; a refused connection and a timeout end here too.
func (plugin *pluginContext) onReply(tick uint64) {
	headers, err := proxywasm.GetHttpCallResponseHeaders()
	if err != nil {
		headers = nil // no headers: judged like a reply without a status
	}
	judged := judge(headers, plugin.settings.tokenHeader, plugin.settings.maxTokenBytes)
	if judged.outcome == outcomeOK && tick < plugin.tokenTick {
		judged.outcome = outcomeStale
	}
	plugin.counters.fetches[judged.outcome].Increment(1)
	story := []string{number("n", tick), field("outcome", string(judged.outcome)), number("status", judged.status)}
	if judged.outcome != outcomeOK {
		plugin.logWarn("fetch", story...) // the token kept before stays
		return
	}
	plugin.token, plugin.tokenTick = asBearer(judged.token), tick
	plugin.logInfo("fetch", append(story, field("token", fingerprint(plugin.token)))...)
}

// asBearer is a token as the upstream wants it. Some services hand out the token alone.
func asBearer(value string) string {
	return bearerPrefix + strings.TrimPrefix(value, bearerPrefix)
}
