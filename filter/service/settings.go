package main

import (
	"fmt"
)

const (
	partService = "service" // fetches, and puts what it got into the shared data
	partFilter  = "filter"  // reads it from there for each response
)

const mostTokenBytes = 48 * 1024 // Envoy refuses headers of more than 60 KiB in all

// settings are what an Envoy configuration may say about a plugin of this module, as JSON. What it
// leaves out is as in the article.
type settings struct {
	part           string // which of the two this plugin is
	key            string // where in the shared data the token lies
	queue          string // the shared queue that tells of a new token; none where empty
	tickMs         uint32 // the service's period; the filter sets no timer
	cluster        string // the cluster of the JWT service
	path           string
	timeoutMs      uint32 // how long a callout may take
	tokenHeader    string // the reply's header that holds the token
	maxTokenBytes  int    // a longer token is not kept
	maxAgeMs       uint64 // the filter hands on no older token; any where 0
	greetingHeader string // the response header that every response gets
	greeting       string // and its value
	authHeader     string // the response header that gets the token
	vmHeader       string // the response header that gets the VM's tag; none where empty
	panicAt        uint64 // the service panics at this tick; at none where 0
}

func articleSettings() settings {
	return settings{
		part:           partFilter,
		key:            "lab.service.token",
		tickMs:         15_000,
		cluster:        "my_custom_svc",
		path:           "/auth",
		timeoutMs:      5_000,
		tokenHeader:    "authorization",
		maxTokenBytes:  8_192,
		greetingHeader: "x-wasm-filter",
		greeting:       "hello from wasm",
		authHeader:     "x-auth",
	}
}

func readSettings() (settings, error) {
	read := articleSettings()
	if err := readFields(read.setters()); err != nil {
		return read, err
	}
	return read, read.checkHeaders()
}

func (s *settings) setters() map[string]setter {
	return map[string]setter{
		"part":            setText(&s.part, oneOf(partService, partFilter)),
		"key":             setText(&s.key, isName),
		"queue":           setText(&s.queue, isNameOrNone),
		"tick_ms":         setNumber(&s.tickMs, 1, aDayMs),
		"cluster":         setText(&s.cluster, isName),
		"path":            setText(&s.path, isPath),
		"timeout_ms":      setNumber(&s.timeoutMs, 1, aDayMs),
		"token_header":    setText(&s.tokenHeader, isHeaderName),
		"max_token_bytes": setNumber(&s.maxTokenBytes, 1, mostTokenBytes),
		"max_age_ms":      setNumber(&s.maxAgeMs, 0, aDayMs),
		"greeting_header": setText(&s.greetingHeader, isHeaderName),
		"greeting":        setText(&s.greeting, isHeaderValue),
		"auth_header":     setText(&s.authHeader, isHeaderName),
		"vm_header":       setText(&s.vmHeader, isHeaderNameOrNone),
		"panic_at":        setNumber(&s.panicAt, 0, aDayMs),
	}
}

// checkHeaders refuses two settings that want the same response header: one would silently replace
// what the other has put there.
func (s *settings) checkHeaders() error {
	wantedBy := map[string]string{}
	for _, wish := range [][2]string{
		{"greeting_header", s.greetingHeader}, {"auth_header", s.authHeader}, {"vm_header", s.vmHeader},
	} {
		setting, header := wish[0], wish[1]
		if other := wantedBy[header]; other != "" {
			return fmt.Errorf("settings %q and %q both name the header %q", other, setting, header)
		}
		wantedBy[header] = setting
	}
	return nil
}
