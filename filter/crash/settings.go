package main

import "fmt"

// settings are what an Envoy configuration may say about this filter, as JSON. With none it does
// nothing but greet, until a request's header asks it to crash.
type settings struct {
	at             string // the callback to crash in, on every thread that comes there; none where empty
	how            string // panic, loop or memory
	tickMs         uint32 // the timer's period; no timer where 0
	tick           uint64 // the tick to crash at, where `at` is tick
	atHeader       string // the request header that names a callback, for the one VM that gets it
	howHeader      string // the request header that says how
	greetingHeader string // the response header that every response gets
	greeting       string // and its value
	vmHeader       string // the response header that gets the VM's tag; none where empty
}

func usualSettings() settings {
	return settings{
		how:            howPanic,
		tick:           1,
		atHeader:       "x-crash",
		howHeader:      "x-crash-how",
		greetingHeader: "x-wasm-filter",
		greeting:       "hello from wasm",
	}
}

func readSettings() (settings, error) {
	read := usualSettings()
	if err := readFields(read.setters()); err != nil {
		return read, err
	}
	return read, read.check()
}

func (s *settings) setters() map[string]setter {
	return map[string]setter{
		"at":              setText(&s.at, oneOf(append([]string{""}, everywhere...)...)),
		"how":             setText(&s.how, oneOf(howPanic, howLoop, howMemory)),
		"tick_ms":         setNumber(&s.tickMs, 0, aDayMs),
		"tick":            setNumber(&s.tick, 1, aDayMs),
		"at_header":       setText(&s.atHeader, isHeaderName),
		"how_header":      setText(&s.howHeader, isHeaderName),
		"greeting_header": setText(&s.greetingHeader, isHeaderName),
		"greeting":        setText(&s.greeting, isHeaderValue),
		"vm_header":       setText(&s.vmHeader, isHeaderNameOrNone),
	}
}

// check refuses settings that would silently do nothing.
func (s *settings) check() error {
	if (s.at == atTick || s.at == atQueueReady) && s.tickMs == 0 {
		return fmt.Errorf("setting \"at\" is %q, and without \"tick_ms\" there is no timer", s.at)
	}
	if s.greetingHeader == s.vmHeader {
		return fmt.Errorf("settings \"greeting_header\" and \"vm_header\" both name the header %q", s.vmHeader)
	}
	return nil
}
