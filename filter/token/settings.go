package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/valyala/fastjson"
)

// settings are what an Envoy configuration may say about this filter, as JSON. What it leaves out is
// as in the article.
type settings struct {
	tickMs         uint32 // the timer's period
	cluster        string // the cluster of the JWT service
	method         string
	path           string
	authority      string // the callout's host; the cluster's name where it is left out
	timeoutMs      uint32 // how long a callout may take
	tokenHeader    string // the reply's header that holds the token
	greetingHeader string // the response header that every response gets
	greeting       string // and its value
	authHeader     string // the response header that gets the token
	vmHeader       string // the response header that gets the VM's tag; none where empty
	maxTokenBytes  int    // a longer token is not kept

	afterExpiry    string // keep, leave_out or answer_503: a response's token when its `exp` is near or over
	expiryMarginMs uint32 // so long before its `exp` a token counts as over; 0 where it is left out
	refreshPercent uint32 // of a token's life pass until the next is asked for; where it is left out, a tick's
	jitterPercent  uint32 // of each wait, the first as well, are cut off at most, at random; 0 where it is left out
	oneCallout     bool   // a tick sends none while one is under way
	backoffMs      uint32 // the wait after a failed fetch, twice as long after each; where it is left out, a tick's
	backoffMostMs  uint32 // the longest of these waits; tick_ms where it is left out
}

// lesson: settings
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
		afterExpiry:    afterExpiryKeep,
	}
}

// lesson: end

const (
	aDayMs          = 24 * 60 * 60 * 1000
	mostLevels      = 8         // of brackets; a good configuration has one
	mostTokenBytes  = 48 * 1024 // Envoy refuses headers of more than 60 KiB in all
	mostHeaderBytes = 1024      // a client may refuse a longer greeting
	mostShownBytes  = 80        // of a value that is refused
)

// readSettings asks Envoy for the plugin's configuration. There may be none.
func readSettings() (settings, error) {
	configuration, err := proxywasm.GetPluginConfiguration()
	if err != nil && !errors.Is(err, types.ErrorStatusNotFound) {
		return settings{}, fmt.Errorf("cannot read the plugin configuration: %w", err)
	}
	return parseSettings(configuration)
}

// parseSettings reads the JSON. A field that it does not know is refused: a setting with a spelling
// mistake would otherwise be one that silently does nothing.
func parseSettings(configuration []byte) (settings, error) {
	read := articleSettings()
	if strings.TrimSpace(string(configuration)) != "" {
		parsed, err := parseJSON(configuration)
		if err != nil {
			return read, err
		}
		if err := read.setAll(parsed); err != nil {
			return read, err
		}
	}
	if read.authority == "" {
		read.authority = read.cluster
	}
	if err := read.checkPace(); err != nil {
		return read, err
	}
	return read, read.checkHeaders()
}

// parseJSON validates before it parses: the parser alone lets 05 and "\q" pass. Before both it looks at
// the depth, for both call themselves at each bracket, and TinyGo's stack ends before 100 levels: the
// VM would die without a word on why.
func parseJSON(configuration []byte) (*fastjson.Value, error) {
	if levels := depth(configuration); levels > mostLevels {
		return nil, fmt.Errorf("nested %d levels deep, not at most %d", levels, mostLevels)
	}
	if err := fastjson.ValidateBytes(configuration); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	parsed, err := fastjson.ParseBytes(configuration)
	if err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	return parsed, nil
}

// depth counts how many brackets are open at once, leaving out those inside texts.
func depth(configuration []byte) int {
	level, deepest, inText := 0, 0, false
	for at := 0; at < len(configuration); at++ {
		switch char := configuration[at]; {
		case inText && char == '\\':
			at++ // the next character is escaped: a quote does not end the text
		case char == '"':
			inText = !inText
		case inText:
		case char == '{', char == '[':
			level++
			deepest = max(deepest, level)
		case char == '}', char == ']':
			level--
		}
	}
	return deepest
}

func (s *settings) setAll(parsed *fastjson.Value) error {
	object, err := parsed.Object()
	if err != nil {
		return fmt.Errorf("not a JSON object but %s", parsed.Type())
	}
	seen := map[string]bool{}
	object.Visit(func(key []byte, value *fastjson.Value) {
		name := string(key)
		switch {
		case err != nil: // the first problem is the one to tell
		case seen[name]:
			err = fmt.Errorf("setting %q stands twice", name)
		default:
			seen[name] = true
			err = s.set(name, value)
		}
	})
	return err
}

func (s *settings) set(name string, value *fastjson.Value) error {
	switch name {
	case "tick_ms":
		return setNumber(&s.tickMs, name, value, aDayMs)
	case "timeout_ms":
		return setNumber(&s.timeoutMs, name, value, aDayMs)
	case "max_token_bytes":
		return setNumber(&s.maxTokenBytes, name, value, mostTokenBytes)
	case "expiry_margin_ms":
		return setNumber(&s.expiryMarginMs, name, value, aDayMs)
	case "refresh_percent":
		return setNumber(&s.refreshPercent, name, value, mostRefreshPercent)
	case "jitter_percent":
		return setNumber(&s.jitterPercent, name, value, 100)
	case "backoff_ms":
		return setNumber(&s.backoffMs, name, value, aDayMs)
	case "backoff_most_ms":
		return setNumber(&s.backoffMostMs, name, value, aDayMs)
	case "one_callout":
		return setSwitch(&s.oneCallout, name, value)
	case "after_expiry":
		return setText(&s.afterExpiry, name, value, isAfterExpiry)
	case "cluster":
		return setText(&s.cluster, name, value, isName)
	case "method":
		return setText(&s.method, name, value, isToken)
	case "path":
		return setText(&s.path, name, value, isPath)
	case "authority":
		return setText(&s.authority, name, value, isName)
	case "token_header":
		return setText(&s.tokenHeader, name, value, isHeaderName)
	case "greeting_header":
		return setText(&s.greetingHeader, name, value, isHeaderName)
	case "greeting":
		return setText(&s.greeting, name, value, isHeaderValue)
	case "auth_header":
		return setText(&s.authHeader, name, value, isHeaderName)
	case "vm_header":
		return setText(&s.vmHeader, name, value, isHeaderNameOrNone)
	}
	return fmt.Errorf("unknown setting %q", name)
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

func setNumber[number uint32 | int](target *number, name string, value *fastjson.Value, most int) error {
	read, err := value.Int()
	if err != nil || read < 1 || read > most {
		return fmt.Errorf("setting %q must be a whole number from 1 to %d, not %s", name, most, shown(value))
	}
	*target = number(read)
	return nil
}

// rule says what a text may be: the words go into the message of a text that breaks it.
type rule struct {
	words string
	holds func(text string) bool
}

var (
	isName = rule{"a name in ASCII without spaces", func(text string) bool {
		return text != "" && !strings.Contains(text, " ") && printable(text)
	}}
	isPath = rule{"a path that begins with / and holds no spaces", func(text string) bool {
		return strings.HasPrefix(text, "/") && !strings.Contains(text, " ") && printable(text)
	}}
	isToken       = rule{"an HTTP method such as GET", httpToken}
	isHeaderValue = rule{"text of at most 1024 printable ASCII characters", func(text string) bool {
		return len(text) <= mostHeaderBytes && printable(text)
	}}
	isHeaderName = rule{"a header name in lower case, not one of the connection's own", func(text string) bool {
		return httpToken(text) && text == strings.ToLower(text) && !ofTheConnection(text)
	}}
	isHeaderNameOrNone = rule{"a header name in lower case, not one of the connection's own, or empty", func(text string) bool {
		return text == "" || isHeaderName.holds(text)
	}}
)

func setText(target *string, name string, value *fastjson.Value, rule rule) error {
	text, err := value.StringBytes()
	if err != nil || !rule.holds(string(text)) {
		return fmt.Errorf("setting %q must be %s, not %s", name, rule.words, shown(value))
	}
	*target = string(text)
	return nil
}

// shown is a value as it was written, or its beginning: the message goes into one line of the log.
func shown(value *fastjson.Value) string {
	text := value.String()
	if len(text) <= mostShownBytes {
		return text
	}
	return text[:mostShownBytes] + "..."
}

// printable keeps line ends out of headers: one could smuggle in another header.
func printable(text string) bool {
	return strings.IndexFunc(text, unprintable) < 0
}

// ofTheConnection tells whether Envoy keeps a header for itself: it takes such a one out again, or
// believes it (a wrong content-length makes every client wait in vain).
func ofTheConnection(header string) bool {
	switch header {
	case "connection", "content-length", "host", "keep-alive", "proxy-connection", "te", "trailer",
		"transfer-encoding", "upgrade":
		return true
	}
	return false
}

// httpToken tells whether a text is a token of RFC 9110, section 5.6.2: what names are made of.
func httpToken(text string) bool {
	return text != "" && strings.IndexFunc(text, notTokenChar) < 0
}

// notTokenChar allows what base64url allows (letters, digits, - and _) and some marks more.
func notTokenChar(char rune) bool {
	return notBase64URL(char) && !strings.ContainsRune("!#$%&'*+.^`|~", char)
}
