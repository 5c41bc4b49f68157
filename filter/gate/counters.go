package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
)

// noRoute stands in a counter's name where the request's route has no name, or where it has no route.
const noRoute = "no_route_name"

// verdictOf is a counter's last word.
func verdictOf(status uint32) string {
	if status == 403 {
		return "refused"
	}
	return "failed"
}

// count counts a verdict for the request's route, as `gate_filter.<route>.<verdict>`; Envoy's admin port
// shows it with `wasmcustom.` before. A counter is made when it is first needed, and kept: routes have few
// names, and they come from the configuration, so that no client can make more.
func (plugin *pluginContext) count(verdict string) {
	name := "gate_filter." + routeName() + "." + verdict
	counter, made := plugin.counters[name]
	if !made {
		counter = proxywasm.DefineCounterMetric(name)
		plugin.counters[name] = counter
	}
	counter.Increment(1)
}

// routeName asks Envoy for the `name` of the route that fits the request.
func routeName() string {
	name, err := proxywasm.GetProperty([]string{"xds", "route_name"})
	if err != nil || len(name) == 0 {
		return noRoute
	}
	return strings.Map(plain, string(name))
}

// plain leaves of a name what a counter's may hold: a dot would begin another part of it.
func plain(char rune) rune {
	if notTokenChar(char) || strings.ContainsRune("!#$%&'*+.^`|~", char) {
		return '_'
	}
	return char
}
