package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

// counters are Envoy metrics: they count over all VMs, which share them by name. Envoy's admin port
// shows them with `wasmcustom.` before the name.
type counters struct {
	with    proxywasm.MetricCounter // requests that went on with a token
	without proxywasm.MetricCounter // requests that came while there was none
	fetches map[outcome]proxywasm.MetricCounter
}

func defineCounters() counters {
	define := proxywasm.DefineCounterMetric
	defined := counters{
		with:    define("upstream_filter.requests.with_token"),
		without: define("upstream_filter.requests.without_token"),
		fetches: map[outcome]proxywasm.MetricCounter{},
	}
	for _, ended := range []outcome{
		outcomeOK, outcomeStatus, outcomeMissing, outcomeAmbiguous, outcomeTooLong, outcomeMalformed, outcomeStale,
	} {
		defined.fetches[ended] = define("upstream_filter.fetches." + string(ended))
	}
	return defined
}
