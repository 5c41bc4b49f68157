package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	aDayMs         = 24 * 60 * 60 * 1000
	mostTokenBytes = 48 * 1024 // Envoy refuses headers of more than 60 KiB in all
	mostShownBytes = 80        // of a value that is refused
)

// settings are what an Envoy configuration may say about this filter, as JSON in its filter_config. They
// have the names and the defaults of the Wasm filter's, filter/token/settings.go, so that both can be run
// alike; what that filter has beyond the article is not here.
type settings struct {
	tickMs         uint32 // how long the goroutine waits
	cluster        string // the cluster of the JWT service
	method         string
	path           string
	authority      string // the callout's host; the cluster's name where it is left out
	timeoutMs      uint32 // how long a callout may take
	tokenHeader    string // the reply's header that holds the token
	greetingHeader string // the response header that every response gets
	greeting       string // and its value
	authHeader     string // the response header that gets the token
	vmHeader       string // the response header that gets this instance's tag; none where empty
	maxTokenBytes  uint32 // a longer token is not kept
	atHeader       string // the request header that asks for a panic, and names where
}

func articleSettings() settings {
	return settings{
		tickMs:         15_000,
		cluster:        "my_custom_svc",
		method:         "GET",
		path:           "/auth",
		timeoutMs:      5_000,
		tokenHeader:    "authorization",
		greetingHeader: "x-wasm-filter",
		greeting:       "hello from wasm",
		authHeader:     "x-auth",
		maxTokenBytes:  8_192,
		atHeader:       "x-crash",
	}
}

// parseSettings reads the JSON; there may be none. A field that it does not know is refused: a setting with
// a spelling mistake would otherwise be one that silently does nothing.
func parseSettings(configuration []byte) (settings, error) {
	read := articleSettings()
	if len(bytes.TrimSpace(configuration)) > 0 {
		if err := readFields(configuration, read.setters()); err != nil {
			return read, err
		}
	}
	if read.authority == "" {
		read.authority = read.cluster
	}
	return read, read.checkHeaders()
}

func (s *settings) setters() map[string]setter {
	return map[string]setter{
		"tick_ms":         setNumber(&s.tickMs, aDayMs),
		"timeout_ms":      setNumber(&s.timeoutMs, aDayMs),
		"max_token_bytes": setNumber(&s.maxTokenBytes, mostTokenBytes),
		"cluster":         setText(&s.cluster, isName),
		"method":          setText(&s.method, isToken),
		"path":            setText(&s.path, isPath),
		"authority":       setText(&s.authority, isName),
		"token_header":    setText(&s.tokenHeader, isHeaderName),
		"greeting_header": setText(&s.greetingHeader, isHeaderName),
		"greeting":        setText(&s.greeting, isHeaderValue),
		"auth_header":     setText(&s.authHeader, isHeaderName),
		"vm_header":       setText(&s.vmHeader, isHeaderNameOrNone),
		"at_header":       setText(&s.atHeader, isHeaderName),
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

// setter puts a value into its place, or says why it cannot be there.
type setter func(name string, value json.RawMessage) error

// readFields sets each field of a JSON object. It reads it word by word: encoding/json itself would take the
// last of two fields of one name, and not say so.
func readFields(configuration []byte, setters map[string]setter) error {
	if !json.Valid(configuration) {
		var ignored any
		return fmt.Errorf("not valid JSON: %w", json.Unmarshal(configuration, &ignored))
	}
	words := json.NewDecoder(bytes.NewReader(configuration))
	if first, err := words.Token(); err != nil || first != json.Delim('{') {
		return errors.New("not a JSON object but " + shown(configuration))
	}
	seen := map[string]bool{}
	for words.More() {
		key, err := words.Token()
		if err != nil {
			return fmt.Errorf("not valid JSON: %w", err)
		}
		var value json.RawMessage
		if err := words.Decode(&value); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("not valid JSON: %w", err)
		}
		name, _ := key.(string) // before a value in an object stands a text
		if seen[name] {
			return fmt.Errorf("setting %q stands twice", name)
		}
		seen[name] = true
		set := setters[name]
		if set == nil {
			return fmt.Errorf("unknown setting %q", shortened(name))
		}
		if err := set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// setNumber takes a whole number from 1.
func setNumber(target *uint32, most uint64) setter {
	return func(name string, value json.RawMessage) error {
		read, err := strconv.ParseUint(string(value), 10, 32)
		if err != nil || read < 1 || read > most {
			return fmt.Errorf("setting %q must be a whole number from 1 to %d, not %s", name, most, shown(value))
		}
		*target = uint32(read)
		return nil
	}
}

// setText takes a text that keeps a rule.
func setText(target *string, rule rule) setter {
	return func(name string, value json.RawMessage) error {
		var text string
		isText := len(value) > 0 && value[0] == '"' && json.Unmarshal(value, &text) == nil
		if !isText || !rule.holds(text) {
			return fmt.Errorf("setting %q must be %s, not %s", name, rule.words, shown(value))
		}
		*target = text
		return nil
	}
}

// shown is a value as it was written, or its beginning: the message goes into one line of the log.
func shown(value []byte) string {
	return shortened(string(value))
}

func shortened(text string) string {
	if len(text) <= mostShownBytes {
		return text
	}
	return text[:mostShownBytes] + "..."
}
