package main

import (
	"strings"
	"testing"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

const (
	key       = "lab.service.token"
	asService = `{"part": "service"}`
	asFilter  = `{"part": "filter"}`
)

var (
	first  = bearer("the first token")
	second = bearer("the second token")
)

// put is what another VM writes to the key.
func put(t *testing.T, value string) {
	t.Helper()
	_, version, err := proxywasm.GetSharedData(key)
	if err != nil {
		require.ErrorIs(t, err, types.ErrorStatusNotFound)
	}
	require.NoError(t, proxywasm.SetSharedData(key, []byte(value), version))
}

// lies is what lies under the key.
func lies(t *testing.T) shared {
	t.Helper()
	value, _, err := proxywasm.GetSharedData(key)
	require.NoError(t, err)
	found, ok := parseShared(strings.Clone(string(value)))
	require.True(t, ok)
	return found
}

func TestTheServiceFetchesAndShares(t *testing.T) {
	onEach(t, asService, func(t *testing.T, envoy *emulator) {
		envoy.start()
		require.EqualValues(t, 15_000, envoy.host.GetTickPeriod())
		callout := envoy.tick()
		require.Equal(t, "my_custom_svc", callout.Upstream)
		require.Equal(t, headers{
			{":method", "GET"}, {":path", "/auth"}, {":authority", "my_custom_svc"}, {"x-wasm-vm", envoy.tags()[0]},
		}, clone(callout.Headers))
		envoy.answer(callout, granted(first))
		require.Equal(t, first, lies(t).token)
		require.Equal(t, envoy.tags()[0], lies(t).by)

		envoy.fetch(granted(second))
		require.Equal(t, second, lies(t).token, "it writes over what it wrote itself")
		require.Equal(t, []string{
			"info event=start vm=VM tick_ms=15000 cluster=my_custom_svc path=/auth shares=service_vm/lab.service.token",
			"info event=tick vm=VM n=1",
			"info event=callout vm=VM n=1",
			"info event=fetch vm=VM n=1 outcome=ok status=200 token=" + fingerprint(first),
			"info event=tick vm=VM n=2",
			"info event=callout vm=VM n=2",
			"info event=fetch vm=VM n=2 outcome=ok status=200 token=" + fingerprint(second),
		}, envoy.log())
	})
}

// What brings no token leaves the shared one alone.
func TestTheServiceSharesOnlyTokens(t *testing.T) {
	onEach(t, `{"part": "service", "max_token_bytes": 200}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		older := envoy.tick()
		envoy.fetch(granted(first))
		for _, test := range []struct {
			outcome outcome
			reply   headers
		}{
			{outcomeStatus, headers{{":status", "503"}}},
			{outcomeStatus, headers{{":status", "500"}, {"authorization", second}}},
			{outcomeStatus, headers{{":status", "OK"}, {"authorization", second}}},
			{outcomeMissing, headers{{":status", "200"}}},
			{outcomeAmbiguous, append(granted(second), [2]string{"authorization", second})},
			{outcomeTooLong, granted("Bearer a.b." + strings.Repeat("c", 200))},
			{outcomeMalformed, granted(second + "\r\nx-injected: yes")},
		} {
			envoy.fetch(test.reply)
			require.Contains(t, envoy.lastLog(), "outcome="+string(test.outcome))
			require.Equal(t, first, lies(t).token)
		}
		envoy.answer(older, granted(second))
		require.Contains(t, envoy.lastLog(), "outcome=stale")
		require.Equal(t, first, lies(t).token)
	})
}

func TestTheFilterReadsWhatIsShared(t *testing.T) {
	onEach(t, asFilter, func(t *testing.T, envoy *emulator) {
		envoy.start()
		require.Zero(t, envoy.host.GetTickPeriod(), "only the service has a timer")
		require.Empty(t, envoy.xAuth())
		require.Empty(t, envoy.xAuth())
		for _, token := range []string{first, second} {
			put(t, shared{by: "abcdef", atMs: time.Now().UnixMilli() + 60_000, token: token}.text())
			require.Equal(t, token, envoy.xAuth())
			require.Equal(t, token, envoy.xAuth())
		}
		put(t, "what somebody else keeps here")
		require.Empty(t, envoy.xAuth())
		require.Equal(t, []string{
			"info event=start vm=VM tick_ms=0 reads=service_vm/lab.service.token",
			"warn event=read vm=VM outcome=missing place=service_vm/lab.service.token",
			"info event=read vm=VM outcome=ok token=" + fingerprint(first) + " by=abcdef age_ms=0",
			"info event=read vm=VM outcome=ok token=" + fingerprint(second) + " by=abcdef age_ms=0",
			"warn event=read vm=VM outcome=malformed place=service_vm/lab.service.token",
		}, envoy.log(), "each once, and not for each request")
	})
}

func TestTheFilterHandsOnNoOldToken(t *testing.T) {
	onEach(t, `{"max_age_ms": 1000}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		put(t, shared{by: "abcdef", atMs: 0, token: first}.text())
		require.Empty(t, envoy.xAuth())
		require.Contains(t, envoy.lastLog(), "outcome=old place=service_vm/lab.service.token by=abcdef")
	})
}

func TestTheFilterReplacesTheUpstreamsHeaders(t *testing.T) {
	onEach(t, `{"vm_header": "x-wasm-vm"}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		put(t, shared{by: "abcdef", atMs: 1, token: first}.text())
		require.Equal(t, headers{
			{":status", "404"}, {"x-auth", first}, {"x-wasm-filter", "hello from wasm"}, {"x-wasm-vm", envoy.tags()[0]},
		}, envoy.respond(headers{{":status", "404"}, {"x-auth", "theirs"}, {"x-wasm-filter", "theirs"}}))
	})
}

// Two plugins that share a key: each says whose token it found there.
func TestTheServiceNotesWhoElseWrites(t *testing.T) {
	onEach(t, asService, func(t *testing.T, envoy *emulator) {
		envoy.start()
		put(t, shared{by: "abcdef", atMs: 1, token: second}.text())
		envoy.fetch(granted(first))
		require.Equal(t, "info event=share_taken_over vm=VM n=1 place=service_vm/lab.service.token by=abcdef", envoy.lastLog())
		put(t, shared{by: "abcdef", atMs: 1, token: second}.text())
		envoy.fetch(granted(first))
		require.Equal(t, "warn event=share_conflict vm=VM n=2 place=service_vm/lab.service.token by=abcdef", envoy.lastLog())
		require.Equal(t, first, lies(t).token, "the last who writes is the one who is read")
		put(t, "no token")
		envoy.fetch(granted(first))
		require.Contains(t, envoy.lastLog(), `by="somebody whose value is no token"`)
	})
}

func TestTheQueueWakesTheFilter(t *testing.T) {
	onEach(t, `{"queue": "fresh"}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		queue, err := proxywasm.RegisterSharedQueue("fresh")
		require.NoError(t, err)
		require.NoError(t, proxywasm.EnqueueSharedQueue(queue, []byte("01234567")))
		require.Equal(t, "info event=woken vm=VM n=1 queue=fresh token=01234567", envoy.lastLog())
	})
}

func TestThePanicIsAtItsTick(t *testing.T) {
	envoy := emulate(t, newVMContext(), `{"part": "service", "panic_at": 2}`)
	envoy.start()
	envoy.tick()
	require.PanicsWithValue(t, "the service panics on purpose, at its tick n=2", envoy.host.Tick)
}

// A log is read by many, and a token is a key: no part of one may stand there.
func TestLogsNoToken(t *testing.T) {
	const telling = 8 // characters in a row
	for _, configuration := range []string{asService, asFilter} {
		onEach(t, configuration, func(t *testing.T, envoy *emulator) {
			envoy.start()
			if configuration == asService {
				envoy.fetch(granted(first))
				envoy.fetch(headers{{":status", "500"}, {"authorization", first}})
			}
			put(t, shared{by: "abcdef", atMs: 1, token: first}.text())
			envoy.respond(granted(first))
			if configuration == asService {
				envoy.fetch(granted(first))
			}
			lines := strings.Join(envoy.log(), "\n")
			secret := strings.TrimPrefix(first, "Bearer ")
			for at := 0; at+telling <= len(secret); at++ {
				require.NotContains(t, lines, secret[at:at+telling])
			}
		})
	}
}

func TestRefusesWrongSettings(t *testing.T) {
	for configuration, said := range map[string]string{
		`{"part": "servant"}`:                   `setting "part" must be one of service, filter, not "servant"`,
		`{"key": ""}`:                           `setting "key" must be a name in ASCII without spaces, not ""`,
		`{"key": "a b"}`:                        `setting "key" must be a name in ASCII without spaces, not "a b"`,
		`{"tick_ms": 0}`:                        `setting "tick_ms" must be a whole number from 1 to 86400000, not 0`,
		`{"max_age_ms": -1}`:                    `setting "max_age_ms" must be a whole number from 0 to 86400000, not -1`,
		`{"kex": "a"}`:                          `unknown setting "kex"`,
		`{"key": "a", "key": "b"}`:              `setting "key" stands twice`,
		`[]`:                                    `not a JSON object but array`,
		`{"path": "auth"}`:                      `setting "path" must be a path that begins with / and holds no spaces, not "auth"`,
		`{"vm_header": "x-auth"}`:               `settings "auth_header" and "vm_header" both name the header "x-auth"`,
		`{"auth_header": "te"}`:                 `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "te"`,
		`{"greeting": "a\nb"}`:                  `setting "greeting" must be text of at most 1024 printable ASCII characters, not "a\nb"`,
		`{"tick_ms": 05}`:                       `not valid JSON`,
		strings.Repeat(`{"a":`, 1000):           `nested 1000 levels deep, not at most 8`,
		`{"queue": "` + string('\u00e9') + `"}`: `setting "queue" must be a name in ASCII without spaces, or empty`,
	} {
		onEach(t, configuration, func(t *testing.T, envoy *emulator) {
			require.Equal(t, types.OnVMStartStatusOK, envoy.host.StartVM())
			require.Equal(t, types.OnPluginStartStatusFailed, envoy.host.StartPlugin())
			pairs := strings.SplitN(envoy.lastLog(), " error=", 2)
			require.Equal(t, "critical event=settings_refused vm=VM", pairs[0])
			require.Contains(t, strings.ReplaceAll(strings.ReplaceAll(pairs[1], `\\`, `\`), `\"`, `"`), said)
		})
	}
}
