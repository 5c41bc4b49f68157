package main

import (
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

// request walks a whole request through the filter, callback by callback; reached is the last one that
// Envoy called.
func request(envoy *emulator, wanted headers, reached *string) {
	host := envoy.host
	*reached = atNewRequest
	id := host.InitializeHttpContext()
	*reached = atRequestHeaders
	action := host.CallOnRequestHeaders(id, wanted, false)
	if action == types.ActionPause {
		*reached = atCalloutReply
		callouts := host.GetCalloutAttributesFromContext(id)
		host.CallOnHttpCallResponse(callouts[0].CalloutID, headers{{":status", "200"}}, nil, nil)
	}
	*reached = atRequestBody
	host.CallOnRequestBody(id, []byte("body"), false)
	*reached = atRequestTrailers
	host.CallOnRequestTrailers(id, headers{{"x-trailer", "a"}})
	*reached = atResponseHeaders
	host.CallOnResponseHeaders(id, headers{{":status", "200"}}, false)
	*reached = atResponseBody
	host.CallOnResponseBody(id, []byte("body"), false)
	*reached = atResponseTrailers
	host.CallOnResponseTrailers(id, headers{{"x-trailer", "a"}})
	*reached = atStreamDone
	host.CompleteHttpContext(id)
	*reached = ""
}

func TestDoesNothingUnasked(t *testing.T) {
	onEach(t, `{"vm_header": "x-wasm-vm"}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		require.Zero(t, envoy.host.GetTickPeriod())
		var reached string
		request(envoy, headers{{":path", "/"}, {"x-crash-how", "loop"}}, &reached)
		require.Empty(t, reached)
		response := envoy.respond(headers{{":status", "200"}, {"x-wasm-filter", "theirs"}})
		require.Equal(t, [2]string{"x-wasm-filter", "hello from wasm"}, response[1])
		require.Equal(t, "x-wasm-vm", response[2][0])
		require.Equal(t, []string{"info event=start vm=VM tick_ms=0"}, envoy.log())
	})
}

func TestPanicsWhereARequestAsks(t *testing.T) {
	for _, at := range byRequest {
		t.Run(at, func(t *testing.T) {
			onEach(t, "", func(t *testing.T, envoy *emulator) {
				envoy.start()
				var reached string
				require.Panics(t, func() { request(envoy, headers{{":path", "/"}, {"x-crash", at}}, &reached) })
				require.Equal(t, at, reached)
				require.Contains(t, envoy.log(), "warn event=crash vm=VM at="+at+" how=panic")
			})
		})
	}
}

// By the settings every VM crashes, also where no request can ask for it. The emulator of the compiled
// modules is slow to start, so here the source alone.
func TestPanicsWhereTheSettingsSay(t *testing.T) {
	for _, at := range everywhere {
		t.Run(at, func(t *testing.T) {
			envoy := emulate(t, newVMContext(), `{"at": "`+at+`", "tick_ms": 100, "tick": 2}`)
			require.Equal(t, types.OnVMStartStatusOK, envoy.host.StartVM())
			if at == atPluginStart {
				require.PanicsWithValue(t, "on purpose, in plugin_start", func() { envoy.host.StartPlugin() })
				return
			}
			require.Equal(t, types.OnPluginStartStatusOK, envoy.host.StartPlugin())
			require.EqualValues(t, 100, envoy.host.GetTickPeriod())
			envoy.host.Tick()
			require.PanicsWithValue(t, "on purpose, in "+at, func() {
				envoy.host.Tick()
				var reached string
				request(envoy, headers{{":path", "/"}}, &reached)
			})
		})
	}
}

func TestAWordThatIsNotKnownIsSaid(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		var reached string
		request(envoy, headers{{"x-crash", "somewhere"}, {"x-crash-how", "softly"}}, &reached)
		require.Equal(t, []string{
			"warn event=crash_not_known vm=VM header=x-crash value=somewhere",
			"warn event=crash_not_known vm=VM header=x-crash-how value=softly",
		}, envoy.log()[1:])
	})
}

func TestRefusesWrongSettings(t *testing.T) {
	for _, configuration := range []string{
		`{"at": "somewhere"}`, `{"how": ""}`, `{"at": "tick"}`, `{"at": "queue_ready"}`, `{"tick": 0}`,
		`{"tick_ms": "1"}`, `{"vm_header": "x-wasm-filter"}`, `{"nothing": 1}`, `[1]`, `{`,
	} {
		t.Run(configuration, func(t *testing.T) {
			envoy := emulate(t, newVMContext(), configuration)
			require.Equal(t, types.OnVMStartStatusOK, envoy.host.StartVM())
			require.Equal(t, types.OnPluginStartStatusFailed, envoy.host.StartPlugin())
			require.Contains(t, envoy.log()[0], "critical event=settings_refused vm=VM error=")
		})
	}
}

// What is not here: a loop, which no test would come back from, and memory without end. Both are
// tried with the real Envoy, in tests/envoy.
