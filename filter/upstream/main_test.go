package main

import (
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

var (
	first  = bearer("the first token")
	second = bearer("the second token")
	forged = bearer("a client's own")
)

var passing = `{"without_token": "pass"}`

// What a client says of itself never reaches the upstream: before the first token, and after it. That Envoy
// takes away several at once, which the emulator does not, is tested with Envoy, in tests/envoy.
func TestDropsWhatTheClientSends(t *testing.T) {
	for _, test := range []struct {
		name string
		own  headers
	}{
		{"none", nil},
		{"one", headers{{"authorization", forged}}},
		{"empty", headers{{"authorization", ""}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			request := append(headers{{":path", "/"}, {"x-mine", "stays"}}, test.own...)
			onEach(t, passing, func(t *testing.T, envoy *emulator) {
				envoy.start()
				upstream, own := envoy.send(request)
				require.Nil(t, own)
				require.Equal(t, headers{{":path", "/"}, {"x-mine", "stays"}}, upstream)

				envoy.fetch(granted(first))
				upstream, own = envoy.send(request)
				require.Nil(t, own)
				require.Equal(t, []string{first}, upstream.values("authorization"))
				require.Equal(t, []string{"stays"}, upstream.values("x-mine"))
			})
		})
	}
}

func TestAnswers503WhileThereIsNoToken(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		for _, reply := range []headers{nil, {{":status", "503"}}, {{":status", "200"}}, granted("no token")} {
			if reply != nil {
				envoy.fetch(reply)
			}
			_, own := envoy.send(headers{{"authorization", forged}})
			require.NotNil(t, own)
			require.EqualValues(t, 503, own.StatusCode)
			require.Equal(t, "There is no token to ask the upstream with.\n", string(own.Data))
		}
		envoy.fetch(granted(first))
		upstream, _ := envoy.send(nil)
		require.Equal(t, headers{{"authorization", first}}, upstream)
	})
}

// A failed fetch leaves the token; an older reply after a newer one changes nothing.
func TestKeepsTheNewestToken(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		older, newer := envoy.tick(), envoy.tick()
		envoy.answer(newer, granted(second))
		envoy.answer(older, granted(first))
		envoy.fetch(headers{{":status", "504"}})
		upstream, _ := envoy.send(nil)
		require.Equal(t, headers{{"authorization", second}}, upstream)
	})
}

func TestSaysBearerWhereTheServiceDoesNot(t *testing.T) {
	onEach(t, `{"token_header": "x-token"}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		envoy.fetch(headers{{":status", "200"}, {"x-token", strings.TrimPrefix(first, "Bearer ")}})
		upstream, _ := envoy.send(nil)
		require.Equal(t, headers{{"authorization", first}}, upstream)
	})
}

// An upstream that sends the token back does not bring it to the client, though a newer one came meanwhile.
func TestTheClientNeverGetsTheToken(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		envoy.fetch(granted(first))
		id := envoy.host.InitializeHttpContext()
		require.Equal(t, types.ActionContinue, envoy.host.CallOnRequestHeaders(id, nil, true))
		envoy.fetch(granted(second))
		secret := strings.TrimPrefix(first, "Bearer ")
		sent := headers{
			{":status", "200"}, {"authorization", first}, {"x-echo", "you sent " + secret}, {"x-other", "stays"},
		}
		require.Equal(t, types.ActionContinue, envoy.host.CallOnResponseHeaders(id, sent, true))
		require.Equal(t, headers{{":status", "200"}, {"x-other", "stays"}}, clone(envoy.host.GetCurrentResponseHeaders(id)))
		envoy.host.CompleteHttpContext(id)
		lines := strings.Join(envoy.log(), "\n")
		require.Contains(t, lines, "event=token_taken_out vm=VM name=x-echo token="+fingerprint(first))
		require.NotContains(t, lines, secret[len(secret)-12:])
	})
}

func TestCounts(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		envoy.send(nil)
		envoy.fetch(granted(first))
		envoy.send(nil)
		envoy.send(nil)
		for name, expected := range map[string]uint64{
			"requests.with_token": 2, "requests.without_token": 1, "fetches.ok": 1, "fetches.status": 0,
		} {
			value, err := envoy.host.GetCounterMetric("upstream_filter." + name)
			require.NoError(t, err)
			require.Equal(t, expected, value, name)
		}
	})
}

func TestRefusesSettings(t *testing.T) {
	for configuration, says := range map[string]string{
		`{"without_tokens": "pass"}`: `unknown setting "without_tokens"`,
		`{"without_token": "maybe"}`: `setting "without_token" must be one of answer_503, pass, not "maybe"`,
		`{"tick_ms": 0}`:             `setting "tick_ms" must be a whole number from 1 to 86400000, not 0`,
		`{"path": "auth"}`:           `setting "path" must be a path that begins with / and holds no spaces, not "auth"`,
		`[]`:                         `not a JSON object but array`,
	} {
		t.Run(configuration, func(t *testing.T) {
			onEach(t, configuration, func(t *testing.T, envoy *emulator) {
				require.Equal(t, types.OnVMStartStatusOK, envoy.host.StartVM())
				require.Equal(t, types.OnPluginStartStatusFailed, envoy.host.StartPlugin())
				require.Equal(t, "critical "+line("settings_refused", "VM", field("error", says)), envoy.lastLog())
			})
		})
	}
}
