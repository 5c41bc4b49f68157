package main

import (
	"crypto/rand"
	"encoding/binary"
	"math"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

// leastRefreshMs keeps tokens that hardly live from making each VM ask without a pause.
const leastRefreshMs = 100

// pace is what a plugin knows of its own callouts, to say when the next one is due. Nothing of it
// counts with the article's settings: the timer then keeps its one period.
type pace struct {
	underWay int
	failures uint32
	// failedTick is the newest tick whose callout failed.
	failedTick uint64
}

// mayAsk tells whether a tick may send a callout.
func (plugin *pluginContext) mayAsk() bool {
	return !plugin.settings.oneCallout || plugin.pace.underWay == 0
}

// firstWaitMs is how long after the start the first tick comes.
func (plugin *pluginContext) firstWaitMs() uint32 {
	return plugin.jittered(plugin.settings.tickMs)
}

// waitForTick sets the timer for the tick after this one. A reply may set it anew.
func (plugin *pluginContext) waitForTick() {
	if plugin.settings.paced() {
		plugin.wait(plugin.jittered(plugin.settings.tickMs))
	}
}

// waitAfter sets the timer by how a fetch ended: after a token to a share of its life, after failures
// to twice as long each time. An old callout's reply says nothing of how the service is now.
func (plugin *pluginContext) waitAfter(reply reply, tick uint64) {
	switch {
	case reply.outcome == outcomeOK:
		failures := plugin.pace.failures
		plugin.pace.failures = 0
		if plugin.settings.refreshPercent > 0 && reply.lifeMs > 0 {
			plugin.wait(max(plugin.jittered(plugin.refreshMs(reply.lifeMs)), leastRefreshMs))
		} else if failures > 0 {
			plugin.waitForTick()
		} // else the tick that asked has set the timer: a slow reply makes no period longer
	case reply.outcome == outcomeStale || tick < plugin.tokenTick:
	default:
		plugin.waitAfterFailure(tick)
	}
}

// waitAfterFailure sets the timer after a callout that brought no token, or was not sent.
func (plugin *pluginContext) waitAfterFailure(tick uint64) {
	if plugin.settings.backoffMs == 0 || tick <= plugin.pace.failedTick {
		return
	}
	plugin.pace.failedTick = tick
	plugin.wait(plugin.jittered(plugin.backoffMs()))
	plugin.pace.failures++
}

// refreshMs is the configured share of a token's life.
func (plugin *pluginContext) refreshMs(lifeMs int64) uint32 {
	return uint32(min(lifeMs/100, aDayMs/100) * int64(plugin.settings.refreshPercent))
}

// backoffMs doubles with each failure in a row, up to what is configured.
func (plugin *pluginContext) backoffMs() uint32 {
	wait, most := plugin.settings.backoffMs, plugin.settings.backoffMostMs
	for range plugin.pace.failures {
		if wait >= most {
			break
		}
		wait *= 2 // at most twice a day in milliseconds: far below 32 bits
	}
	return min(wait, most)
}

// jittered shortens a wait by a random part of at most the configured percentage. It is never made
// longer: a token that is to be asked for before its end must not be asked for after it.
func (plugin *pluginContext) jittered(ms uint32) uint32 {
	share := plugin.settings.jitterPercent
	if share == 0 {
		return ms
	}
	random := make([]byte, 4)
	if _, err := rand.Read(random); err != nil {
		panic("no random numbers: " + err.Error())
	}
	most := float64(ms) * float64(share) / 100
	cut := most * float64(binary.LittleEndian.Uint32(random)) / math.MaxUint32
	return max(ms-uint32(cut), 1)
}

// wait sets the timer, which begins anew.
func (plugin *pluginContext) wait(ms uint32) {
	if err := proxywasm.SetTickPeriodMilliSeconds(ms); err != nil {
		plugin.logWarn("wait_refused", number("ms", uint64(ms)), field("error", reason(err)))
	}
}
