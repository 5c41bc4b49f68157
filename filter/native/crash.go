package main

import "slices"

// Where a request's header can ask for a panic: the callbacks of filter/crash that are here, too, and a
// goroutine, which Wasm has none of.
const (
	atRequestHeaders  = "request_headers"
	atResponseHeaders = "response_headers"
	atGoroutine       = "goroutine"
)

var everywhere = []string{atRequestHeaders, atResponseHeaders, atGoroutine}

// crashIf panics where the request asks for it. Nobody takes the panic back (a `recover` in each callback
// would, and one in each goroutine): Go ends the process, and that is Envoy.
func (f *filter) crashIf(here, asked string) {
	switch {
	case asked == "":
	case asked == here:
		f.logCrash(here)
		f.panicAt(here)
	case here != atRequestHeaders:
		// What the header names was looked at before.
	case asked == atGoroutine:
		f.logCrash(asked)
		go f.panicAt(asked)
	case !slices.Contains(everywhere, asked):
		f.host.log(levelWarn, line("crash_not_known", f.tag, field("header", f.rules.atHeader),
			field("value", shortened(asked))))
	}
}

func (f *filter) logCrash(at string) {
	f.host.log(levelWarn, line("crash", f.tag, field("at", at), field("how", "panic")))
}

func (f *filter) panicAt(at string) {
	panic("on purpose, in " + at)
}
