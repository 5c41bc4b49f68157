package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

var (
	first  = bearer("the first token")
	second = bearer("the second token")
)

// The article's filter, from its start to a response with a token: with no configuration at all, the
// filter does what the article says.
func TestDoesWhatTheArticleSays(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		require.EqualValues(t, 15_000, envoy.host.GetTickPeriod())

		callout := envoy.tick()
		require.Equal(t, "my_custom_svc", callout.Upstream)
		require.Equal(t, headers{
			{":method", "GET"},
			{":path", "/auth"},
			{":authority", "my_custom_svc"},
			{"x-wasm-vm", envoy.tags()[0]},
		}, clone(callout.Headers))
		require.Empty(t, callout.Body)
		require.Equal(t, "5000", envoy.timeoutMs())

		envoy.answer(callout, granted(first))
		require.Equal(t, headers{
			{":status", "200"},
			{"x-wasm-filter", "hello from wasm"},
			{"x-auth", first},
		}, envoy.respond(headers{{":status", "200"}}))

		require.Equal(t, []string{
			"info event=start vm=VM tick_ms=15000 cluster=my_custom_svc path=/auth",
			"info event=tick vm=VM n=1",
			"info event=callout vm=VM n=1",
			"info event=fetch vm=VM n=1 outcome=ok status=200 token=" + fingerprint(first),
		}, envoy.log())
	})
}

// What an upstream may send, and what the client gets: the filter's headers once each, and nothing
// else changed.
func TestReplacesTheUpstreamsHeaders(t *testing.T) {
	upstream := headers{
		{":status", "404"},
		{"x-auth", "Bearer of.the.upstream"},
		{"content-type", "text/plain"},
		{"x-wasm-filter", "the upstream's"},
		{"x-wasm-vm", "the upstream's"},
	}
	onEach(t, `{"vm_header": "x-wasm-vm"}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		tag := envoy.tags()[0]
		require.Equal(t, headers{
			{":status", "404"},
			{"content-type", "text/plain"},
			{"x-wasm-filter", "hello from wasm"},
			{"x-wasm-vm", tag},
		}, envoy.respond(upstream), "before the first token: an upstream's x-auth is not the filter's")

		envoy.fetch(granted(first))
		require.Equal(t, headers{
			{":status", "404"},
			{"x-auth", first},
			{"content-type", "text/plain"},
			{"x-wasm-filter", "hello from wasm"},
			{"x-wasm-vm", tag},
		}, envoy.respond(upstream))
	})
}

// A log is read by many, and a token is a key: none may stand there, nor a part of one, whatever
// became of it.
func TestLogsNoToken(t *testing.T) {
	const telling = 8 // characters in a row
	broken := "Bearer secret-but-not-a-token"
	long := bearer(strings.Repeat("long ", 2_000))
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		older := envoy.tick()
		envoy.fetch(granted(first))
		envoy.answer(older, granted(second)) // stale
		envoy.fetch(headers{{":status", "500"}, {"authorization", second}})
		envoy.fetch(append(granted(first), [2]string{"authorization", second}))
		envoy.fetch(granted(broken))
		envoy.fetch(granted(long))
		envoy.respond(granted(second))

		lines := strings.Join(envoy.log(), "\n")
		for _, token := range []string{first, second, broken, long} {
			secret := strings.TrimPrefix(token, "Bearer ")
			for at := 0; at+telling <= len(secret); at++ {
				require.NotContains(t, lines, secret[at:at+telling])
			}
		}
	})
}

func TestCounts(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		for _, name := range []string{
			"ticks", "callouts_refused", "fetches.ok", "fetches.status", "fetches.missing",
			"fetches.ambiguous", "fetches.too_long", "fetches.malformed", "fetches.stale",
		} {
			require.Zero(t, envoy.count(name), "%s is there from the start", name)
		}
		envoy.fetch(granted(first))
		envoy.fetch(granted(second))
		envoy.fetch(headers{{":status", "503"}})
		envoy.tick() // its reply is still on the way
		require.EqualValues(t, 4, envoy.count("ticks"))
		require.EqualValues(t, 2, envoy.count("fetches.ok"))
		require.EqualValues(t, 1, envoy.count("fetches.status"))
		require.Zero(t, envoy.count("fetches.missing"))
		require.Zero(t, envoy.count("callouts_refused"))
	})
}

// The tag ties responses, callouts and log lines to a VM: it is the same in all three.
func TestNamesItsVM(t *testing.T) {
	onEach(t, `{"vm_header": "x-wasm-vm"}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		callout := envoy.tick()
		inCallout := clone(callout.Headers).values("x-wasm-vm")
		envoy.answer(callout, granted(first))
		inResponse := envoy.respond(headers{{":status", "200"}}).values("x-wasm-vm")

		inLog := envoy.tags()
		require.Len(t, inLog, 4, "start, tick, callout, fetch")
		tag := inLog[0]
		require.Equal(t, []string{tag, tag, tag, tag}, inLog)
		require.Equal(t, []string{tag}, inCallout)
		require.Equal(t, []string{tag}, inResponse)
	})
}

// Only the source: the emulator's random numbers for Wasm are the same for each VM. That Envoy's VMs
// differ is tested with Envoy, in tests/envoy.
func TestTwoVMsHaveTwoTags(t *testing.T) {
	tags := map[string]bool{}
	for range 2 {
		envoy := emulate(t, newVMContext(), "")
		envoy.start()
		tags[envoy.tags()[0]] = true
		envoy.close()
	}
	require.Len(t, tags, 2)
}

// Two plugins in one VM (two filters with the same vm_id): each has its own token and its own ticks.
// The emulator knows one plugin; the second is called here as Envoy would call it.
func TestTwoPluginsShareNothing(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		other := envoy.vm.NewPluginContext(secondPlugin)
		require.Equal(t, types.OnPluginStartStatusOK, other.OnPluginStart(0))

		envoy.tick()
		other.OnTick()
		require.Equal(t, "info event=callout vm=VM n=1", envoy.lastLog(), "its own first tick")
		require.Len(t, slices.Compact(envoy.tags()), 1, "the tag is the VM's, and so the same in both")
		callouts := envoy.host.GetCalloutAttributesFromContext(proxytest.PluginContextID)
		require.Len(t, callouts, 2)
		envoy.answer(callouts[1], granted(second))
		require.Empty(t, envoy.xAuth(), "the token is the other plugin's")

		request := envoy.host.InitializeHttpContext()
		envoy.host.CallOnResponseHeaders(request, headers{{":status", "200"}}, true)
		other.NewHttpContext(request+secondPlugin).OnHttpResponseHeaders(1, true)
		require.Equal(t, []string{second}, clone(envoy.host.GetCurrentResponseHeaders(request)).values("x-auth"))
	})
}

// secondPlugin is a context id that the emulator never comes to by itself.
const secondPlugin = 1_000_000

// What is not here: a callout that Envoy refuses, for an unknown cluster for example. The emulator
// takes every callout, so that is tested with the real Envoy, in tests/envoy.
