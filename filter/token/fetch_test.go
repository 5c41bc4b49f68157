package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every reply that a callout can have. One that brings no token changes nothing: neither when there
// is no token yet, nor when there is one.
func TestKeepsOnlyTokens(t *testing.T) {
	limit := 200 // bytes, by the configuration below
	long := func(size int) string { return "Bearer a.b." + strings.Repeat("c", size-len("Bearer a.b.")) }

	for _, test := range []struct {
		name    string
		reply   headers
		outcome outcome
		logged  string
	}{
		{"a token", granted(second), outcomeOK, "status=200 token=" + fingerprint(second)},
		{"a token without Bearer", granted("a.b.c"), outcomeOK, "status=200 token=" + fingerprint("a.b.c")},
		{"as long as may be", granted(long(limit)), outcomeOK, "status=200 token=" + fingerprint(long(limit))},

		{"refused connection", headers{{":status", "503"}}, outcomeStatus, "status=503"},
		{"timeout", headers{{":status", "504"}}, outcomeStatus, "status=504"},
		{"error with a token", headers{{":status", "500"}, {"authorization", second}}, outcomeStatus, "status=500"},
		{"other success", headers{{":status", "201"}, {"authorization", second}}, outcomeStatus, "status=201"},
		{"redirect", headers{{":status", "302"}, {"location", "/login"}}, outcomeStatus, "status=302"},
		{"no status", headers{{"authorization", second}}, outcomeStatus, "status=0"},
		{"no number", headers{{":status", "OK"}, {"authorization", second}}, outcomeStatus, "status=0"},
		{"too big a number", headers{{":status", "65736"}, {"authorization", second}}, outcomeStatus, "status=0"},
		{"nothing", headers{}, outcomeStatus, "status=0"},

		{"no header", headers{{":status", "200"}}, outcomeMissing, "status=200"},
		{"another header", headers{{":status", "200"}, {"x-token", second}}, outcomeMissing, "status=200"},

		{"two headers", append(granted(second), [2]string{"authorization", bearer("other")}), outcomeAmbiguous, "status=200"},
		{"one header twice", append(granted(second), [2]string{"authorization", second}), outcomeAmbiguous, "status=200"},

		{"a byte too long", granted(long(limit + 1)), outcomeTooLong, "status=200"},
		{"far too long", granted(long(12_000)), outcomeTooLong, "status=200"},

		{"empty", granted(""), outcomeMalformed, "status=200"},
		{"not ASCII", granted("Bearer a.b.c☃"), outcomeMalformed, "status=200"},
		{"not UTF-8", granted("Bearer a.b.c\xff\xfe"), outcomeMalformed, "status=200"},
		{"line end inside", granted(second + "\r\nx-injected: yes"), outcomeMalformed, "status=200"},
		// What Envoy makes of a line end inside a value: the value ends there, and a header begins.
		{"cut by a line end", append(granted(second[:40]), [2]string{"x-injected", "yes"}), outcomeMalformed, "status=200"},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, `{"max_token_bytes": 200}`, func(t *testing.T, envoy *emulator) {
				level, kept, keptOver := "warn", "", first
				if test.outcome == outcomeOK {
					token := test.reply.values("authorization")[0]
					level, kept, keptOver = "info", token, token
				}
				envoy.start()
				envoy.fetch(test.reply)
				require.Equal(t, level+" event=fetch vm=VM n=1 outcome="+string(test.outcome)+" "+test.logged,
					envoy.lastLog())
				require.Equal(t, kept, envoy.xAuth())
				require.EqualValues(t, 1, envoy.count("fetches."+string(test.outcome)))

				envoy.fetch(granted(first))
				require.Equal(t, first, envoy.xAuth())
				envoy.fetch(test.reply)
				require.Equal(t, keptOver, envoy.xAuth())
			})
		})
	}
}

// Replies may overtake each other. The one to the older question is then older itself.
func TestKeepsTheNewerOfTwo(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		older, newer := envoy.tick(), envoy.tick()
		envoy.answer(newer, granted(second))
		envoy.answer(older, granted(first))
		require.Equal(t, "warn event=fetch vm=VM n=1 outcome=stale status=200", envoy.lastLog())
		require.Equal(t, second, envoy.xAuth())
		require.EqualValues(t, 1, envoy.count("fetches.stale"))
	})
}

// A stale reply must not become the measure of the next one.
func TestKeepsTheNewestOfThree(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		oldest, middle, newest := envoy.tick(), envoy.tick(), envoy.tick()
		envoy.answer(newest, granted(second))
		envoy.answer(oldest, granted(first))
		envoy.answer(middle, granted(first))
		require.Equal(t, "warn event=fetch vm=VM n=2 outcome=stale status=200", envoy.lastLog())
		require.Equal(t, second, envoy.xAuth())
		require.EqualValues(t, 2, envoy.count("fetches.stale"))
	})
}

// A newer reply without a token makes no older token stale: it is the best there is.
func TestTakesAnOlderTokenAfterANewerFailure(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		older, newer := envoy.tick(), envoy.tick()
		envoy.answer(newer, headers{{":status", "503"}})
		envoy.answer(older, granted(first))
		require.Equal(t, first, envoy.xAuth())
	})
}

// Each fetch brings a newer token, and the next response has it.
func TestReplacesTheTokenAtEachFetch(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		for _, token := range []string{first, second, first} {
			envoy.fetch(granted(token))
			require.Equal(t, token, envoy.xAuth())
		}
	})
}
