package main

import (
	"strconv"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/stretchr/testify/require"
)

var failed = headers{{":status", "503"}}

// period is when the next tick is due, in milliseconds.
func (envoy *emulator) period() int {
	return int(envoy.host.GetTickPeriod())
}

// sent is how many callouts the filter has sent so far.
func (envoy *emulator) sent() int {
	return len(envoy.host.GetCalloutAttributesFromContext(proxytest.PluginContextID))
}

// Nothing moves the article's timer: neither a token, nor a failure, nor many of them.
func TestTicksAtOnePeriodWhereNothingIsSaid(t *testing.T) {
	for _, configuration := range []string{"", leaveOut, `{"one_callout": true}`} {
		onEach(t, configuration, func(t *testing.T, envoy *emulator) {
			envoy.start()
			for _, reply := range []headers{granted(expiring(distantS)), failed, failed} {
				envoy.fetch(reply)
				require.Equal(t, 15_000, envoy.period())
			}
		})
	}
}

// After failures: twice as long each time, to the most; after a token as ever.
func TestBacksOff(t *testing.T) {
	for _, test := range []struct {
		configuration string
		waits         []int
	}{
		{`{"backoff_ms": 100, "backoff_most_ms": 1000}`, []int{100, 200, 400, 800, 1000, 1000}},
		{`{"backoff_ms": 300, "backoff_most_ms": 300}`, []int{300, 300}},
		{`{"backoff_ms": 4000}`, []int{4000, 8000, 15_000, 15_000}},
		{`{"backoff_ms": 20000}`, []int{20_000, 20_000}},
		{`{"backoff_ms": 86400000, "backoff_most_ms": 86400000}`, []int{86_400_000, 86_400_000}},
	} {
		t.Run(test.configuration, func(t *testing.T) {
			onEach(t, test.configuration, func(t *testing.T, envoy *emulator) {
				envoy.start()
				require.Equal(t, 15_000, envoy.period(), "the first tick is as in the article")
				for range 2 {
					for _, wait := range test.waits {
						envoy.fetch(failed)
						require.Equal(t, wait, envoy.period())
					}
					callout := envoy.tick()
					require.Equal(t, 15_000, envoy.period(), "while a callout is under way")
					envoy.answer(callout, granted(first))
					require.Equal(t, 15_000, envoy.period(), "a token ends it")
				}
			})
		})
	}
}

// An old callout's failure says nothing of how the service is now.
func TestBacksOffByTheNewestCalloutAlone(t *testing.T) {
	onEach(t, `{"backoff_ms": 100}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		oldest, older, newest := envoy.tick(), envoy.tick(), envoy.tick()
		envoy.answer(older, failed)
		require.Equal(t, 100, envoy.period())
		envoy.answer(oldest, failed)
		require.Equal(t, 100, envoy.period(), "one that came out of turn")
		envoy.answer(newest, granted(first))
		require.Equal(t, 15_000, envoy.period())

		late, fresh := envoy.tick(), envoy.tick()
		envoy.answer(fresh, granted(second))
		envoy.answer(late, failed)
		require.Equal(t, 15_000, envoy.period(), "the service was down, and is up")
	})
}

// While a callout is under way, a tick sends no other one; whatever its end, the next one does.
func TestHasOneCalloutUnderWay(t *testing.T) {
	onEach(t, `{"one_callout": true}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		for number, reply := range []headers{granted(first), failed, {}} {
			callout := envoy.tick()
			envoy.host.Tick()
			envoy.host.Tick()
			require.Equal(t, number+1, envoy.sent())
			envoy.answer(callout, reply)
		}
		require.EqualValues(t, 9, envoy.count("ticks"), "each tick is one, though it sends nothing")
		require.Equal(t, first, envoy.xAuth())
	})
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		envoy.tick()
		envoy.tick()
		require.Equal(t, 2, envoy.sent(), "the article's filter asks again")
	})
}

// The next token is asked for when a share of this one's life is over, however long a tick is.
func TestAsksAtAShareOfTheTokensLife(t *testing.T) {
	for _, test := range []struct {
		name, settings string
		lifeS, marginS int64
		least, most    int
	}{
		{"half of an hour", `"refresh_percent": 50`, 3600, 0, 1_700_000, 1_800_000},
		{"nearly all of an hour", `"refresh_percent": 99`, 3600, 0, 3_400_000, 3_564_000},
		{"less than the margin leaves", `"refresh_percent": 50, "after_expiry": "leave_out", "expiry_margin_ms": 1800000`, 3600, 1800, 800_000, 900_000},
		{"a year is at most a day", `"refresh_percent": 50`, 365 * 24 * 3600, 0, 43_200_000, 43_200_000},
		{"over when it comes", `"refresh_percent": 50`, -5, 0, 15_000, 15_000},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, "{"+test.settings+"}", func(t *testing.T, envoy *emulator) {
				envoy.start()
				now := envoy.nowS(t, test.marginS)
				callout := envoy.tick()
				require.Equal(t, 15_000, envoy.period(), "while a callout is under way")
				envoy.answer(callout, granted(expiring(now+test.lifeS)))
				require.GreaterOrEqual(t, envoy.period(), test.least)
				require.LessOrEqual(t, envoy.period(), test.most)
				envoy.fetch(failed)
				require.Equal(t, 15_000, envoy.period(), "a failure is tried again at the next tick")
			})
		})
	}
	onEach(t, `{"refresh_percent": 1}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		envoy.fetch(granted(expiring(envoy.nowS(t, 0) + 2)))
		require.Equal(t, leastRefreshMs, envoy.period(), "nobody asks without a pause")
		envoy.fetch(granted(first))
		require.Equal(t, 15_000, envoy.period(), "a token that does not say when it is over")
		require.Equal(t, first, envoy.xAuth(), "and it is kept, as nobody asked for more")
	})
}

// Every wait is shortened at random, the first one too, by no more than was asked for.
func TestJitters(t *testing.T) {
	const draws = 40
	for _, percent := range []int{1, 20, 100} {
		onEach(t, `{"jitter_percent": `+strconv.Itoa(percent)+`, "backoff_ms": 8000}`, func(t *testing.T, envoy *emulator) {
			envoy.start()
			seen := map[int]bool{}
			within := func(wait int) {
				seen[envoy.period()] = true
				require.LessOrEqual(t, envoy.period(), wait)
				require.GreaterOrEqual(t, envoy.period(), max(wait*(100-percent)/100, 1))
			}
			within(15_000)
			for range draws {
				callout := envoy.tick()
				within(15_000)
				envoy.answer(callout, granted(first))
				within(15_000)
				envoy.fetch(failed)
				within(8_000)
			}
			require.Greater(t, len(seen), draws, "hardly one like another")
		})
	}
}

// The tick that asked has set the timer: that a reply is slow makes the period no longer.
func TestATokenLeavesThePeriodAsItIs(t *testing.T) {
	onEach(t, `{"jitter_percent": 100, "backoff_ms": 100}`, func(t *testing.T, envoy *emulator) {
		envoy.start()
		for range 5 {
			callout := envoy.tick()
			period := envoy.period()
			envoy.answer(callout, granted(first))
			require.Equal(t, period, envoy.period())
		}
	})
}

// Of two VMs each waits as long as it will. Only the source: the emulator's random numbers for Wasm are the
// same for each VM.
func TestTwoVMsBeginAtTwoTimes(t *testing.T) {
	seen := map[int]bool{}
	for range 5 {
		envoy := emulate(t, newVMContext(), `{"jitter_percent": 100}`)
		envoy.start()
		seen[envoy.period()] = true
		envoy.close()
	}
	require.Greater(t, len(seen), 1)
}
