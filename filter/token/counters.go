package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

// counters are Envoy metrics: they count over all VMs, which share them by name. Envoy's admin port
// shows them with `wasmcustom.` before the name.
type counters struct {
	ticks   proxywasm.MetricCounter
	refused proxywasm.MetricCounter
	fetches map[outcome]proxywasm.MetricCounter
}

func defineCounters(rules settings) counters {
	define := proxywasm.DefineCounterMetric
	defined := counters{
		ticks:   define("token_filter.ticks"),
		refused: define("token_filter.callouts_refused"),
		fetches: map[outcome]proxywasm.MetricCounter{
			outcomeOK:        define("token_filter.fetches.ok"),
			outcomeStatus:    define("token_filter.fetches.status"),
			outcomeMissing:   define("token_filter.fetches.missing"),
			outcomeAmbiguous: define("token_filter.fetches.ambiguous"),
			outcomeTooLong:   define("token_filter.fetches.too_long"),
			outcomeMalformed: define("token_filter.fetches.malformed"),
			outcomeStale:     define("token_filter.fetches.stale"),
		},
	}
	if rules.afterExpiry != afterExpiryKeep {
		defined.fetches[outcomeExpired] = define("token_filter.fetches.expired")
		defined.fetches[outcomeNoExpiry] = define("token_filter.fetches.no_expiry")
	}
	return defined
}
