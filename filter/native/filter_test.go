package main

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stage plays Envoy. The tests use the standard library alone, so that this Go module needs no other.
type stage struct {
	t      *testing.T
	filter *filter
	lines  []string
	woken  chan struct{}
	closed bool
	sent   uint64
	result calloutResult
}

func (s *stage) log(level logLevel, line string) {
	name := map[logLevel]string{levelInfo: "info", levelWarn: "warn", levelCritical: "critical"}[level]
	s.lines = append(s.lines, name+" "+tagField.ReplaceAllString(line, "module=TAG"))
}

func (s *stage) open() {}

func (s *stage) wake() {
	if s.closed {
		s.t.Error("woken after the scheduler was given back")
	}
	s.woken <- struct{}{}
}

func (s *stage) close() { s.closed = true }

func (s *stage) callOut(rules settings, tag string) (uint64, calloutResult) {
	s.sent++
	return s.sent, s.result
}

var tagField = regexp.MustCompile(`\bmodule=[0-9a-f]{6}\b`)

func onStage(t *testing.T, configuration string) *stage {
	s := &stage{t: t, woken: make(chan struct{}, 1)}
	s.filter = newFilter(s, []byte(configuration))
	return s
}

func (s *stage) last() string {
	s.t.Helper()
	if len(s.lines) == 0 {
		s.t.Fatal("nothing was logged")
	}
	return s.lines[len(s.lines)-1]
}

// answered is one request and its response.
type answered struct {
	asked   string // of its x-crash
	headers map[string]string
}

func (a *answered) requestHeader(name string) string {
	if name == "x-crash" {
		return a.asked
	}
	return ""
}

func (a *answered) setResponseHeader(name, value string) bool {
	a.headers[name] = value
	return true
}

func (a *answered) removeResponseHeader(name string) { delete(a.headers, name) }

// respond passes a response through the filter; the upstream has put in its own two headers.
func (s *stage) respond() map[string]string {
	a := &answered{headers: map[string]string{"x-auth": "theirs", "x-wasm-filter": "theirs"}}
	s.filter.onRequestHeaders(a)
	s.filter.onResponseHeaders(a)
	return a.headers
}

func bearer(text string) string {
	part := base64.RawURLEncoding.EncodeToString
	return "Bearer " + part([]byte(`{"alg":"RS256"}`)) + "." + part([]byte(text)) + "." + part([]byte("signed"))
}

func granted(token string) [][2]string {
	return [][2]string{{":status", "200"}, {"authorization", token}}
}

func equal[V any](t *testing.T, expected, found V) {
	t.Helper()
	if fmt.Sprint(expected) != fmt.Sprint(found) {
		t.Errorf("expected %v\nfound    %v", expected, found)
	}
}

func TestAddsTheTwoHeaders(t *testing.T) {
	s := onStage(t, `{"vm_header": "x-wasm-vm"}`)
	before := s.respond()
	if _, there := before["x-auth"]; there {
		t.Error("before the first token the upstream's own is taken away")
	}
	s.filter.onTick()
	s.filter.onReply(1, granted(bearer("a")))
	after := s.respond()
	equal(t, "hello from wasm", after["x-wasm-filter"])
	equal(t, bearer("a"), after["x-auth"])
	equal(t, s.filter.tag, after["x-wasm-vm"])
	equal(t, []string{
		"info event=tick module=TAG n=1",
		"info event=callout module=TAG n=1",
		"info event=fetch module=TAG n=1 outcome=ok status=200 token=" + fingerprint(bearer("a")),
	}, s.lines)
	if strings.Contains(strings.Join(s.lines, "\n"), bearer("a")) {
		t.Error("the log holds a whole token")
	}
}

func TestKeepsOnlyTokens(t *testing.T) {
	for name, test := range map[string]struct {
		reply [][2]string
		said  string
	}{
		"refused":   {[][2]string{{":status", "503"}}, "outcome=status status=503"},
		"broken":    {nil, "outcome=status status=0"},
		"missing":   {[][2]string{{":status", "200"}}, "outcome=missing status=200"},
		"ambiguous": {append(granted(bearer("b")), [2]string{"authorization", bearer("c")}), "outcome=ambiguous status=200"},
		"too long":  {granted(bearer(strings.Repeat("b", 200))), "outcome=too_long status=200"},
		"malformed": {granted("Bearer a.b.c\r\nx-injected: yes"), "outcome=malformed status=200"},
	} {
		t.Run(name, func(t *testing.T) {
			s := onStage(t, `{"max_token_bytes": 120}`)
			s.filter.onTick()
			s.filter.onReply(1, granted(bearer("a")))
			s.filter.onTick()
			s.filter.onReply(2, test.reply)
			equal(t, "warn event=fetch module=TAG n=2 "+test.said, s.last())
			equal(t, bearer("a"), s.respond()["x-auth"])
		})
	}
}

// Replies may overtake each other. The one to the older question is then older itself.
func TestKeepsTheNewerOfTwo(t *testing.T) {
	s := onStage(t, "")
	s.filter.onTick()
	s.filter.onTick()
	s.filter.onReply(2, granted(bearer("new")))
	s.filter.onReply(1, granted(bearer("old")))
	equal(t, "warn event=fetch module=TAG n=1 outcome=stale status=200", s.last())
	equal(t, bearer("new"), s.respond()["x-auth"])
}

func TestSaysWhyACalloutIsRefused(t *testing.T) {
	s := onStage(t, "")
	s.result = 2
	s.filter.onTick()
	equal(t, `warn event=callout_refused module=TAG n=1 error="cluster not found"`, s.last())
}

// One goroutine wakes Envoy, again and again, and no more once the filter is stopped.
func TestOneGoroutineWakesEnvoy(t *testing.T) {
	s := onStage(t, `{"tick_ms": 1}`)
	s.filter.start()
	for range 3 {
		<-s.woken
	}
	go func() {
		for range s.woken { // the goroutine may be about to wake
		}
	}()
	s.filter.stop()
	s.filter.wakeUp()
	equal(t, true, s.closed)
	equal(t, "info event=start module=TAG tick_ms=1 cluster=my_custom_svc path=/auth", s.lines[0])
}

func TestPanicsWhereARequestAsks(t *testing.T) {
	for _, at := range []string{atRequestHeaders, atResponseHeaders} {
		t.Run(at, func(t *testing.T) {
			s := onStage(t, "")
			a := &answered{asked: at, headers: map[string]string{}}
			defer func() {
				equal(t, any("on purpose, in "+at), recover())
				equal(t, "warn event=crash module=TAG at="+at+" how=panic", s.last())
			}()
			s.filter.onRequestHeaders(a)
			if at == atRequestHeaders {
				t.Error("no panic")
			}
			s.filter.onResponseHeaders(a)
		})
	}
}

func TestAWordThatIsNotKnownIsSaid(t *testing.T) {
	s := onStage(t, "")
	a := &answered{asked: "some where", headers: map[string]string{}}
	s.filter.onRequestHeaders(a)
	s.filter.onResponseHeaders(a)
	equal(t, []string{`warn event=crash_not_known module=TAG header=x-crash value="some where"`}, s.lines)
}

func TestRefusesWrongSettings(t *testing.T) {
	for configuration, why := range map[string]string{
		`{"tickms": 1}`:                          `unknown setting "tickms"`,
		`{"tick_ms": 0}`:                         `setting "tick_ms" must be a whole number from 1 to 86400000, not 0`,
		`{"tick_ms": "1"}`:                       `must be a whole number`,
		`{"tick_ms": 1.5}`:                       `must be a whole number`,
		`{"tick_ms": 1, "tick_ms": 2}`:           `setting "tick_ms" stands twice`,
		`{"path": "auth"}`:                       `must be a path that begins with /`,
		`{"greeting": "a\r\nb: c"}`:              `must be text of at most 1024 printable ASCII characters`,
		`{"auth_header": "x-wasm-filter"}`:       `both name the header`,
		`{"auth_header": "content-length"}`:      `must be a header name in lower case`,
		`{"greeting": null}`:                     `must be text`,
		`{"a": ` + strings.Repeat("9", 200):      `not valid JSON`,
		`[1]`:                                    `not a JSON object but [1]`,
		`{} {}`:                                  `not valid JSON`,
		`{"` + strings.Repeat("k", 200) + `":1}`: `unknown setting "kkk`,
	} {
		t.Run(why, func(t *testing.T) {
			s := onStage(t, configuration)
			if s.filter != nil {
				t.Fatal("it took", configuration)
			}
			equal(t, true, strings.HasPrefix(s.last(), "critical event=settings_refused module=TAG error="))
			said := strings.ReplaceAll(s.last(), `\"`, `"`)
			if !strings.Contains(strings.ReplaceAll(said, `\\`, `\`), why) {
				t.Errorf("%s says not why: %s", said, why)
			}
		})
	}
}

func TestTakesTheWasmFiltersSettings(t *testing.T) {
	read, err := parseSettings([]byte(` {"cluster": "tokens", "timeout_ms": 7, "at_header": "x-panic"} `))
	equal(t, nil, err)
	equal(t, "tokens", read.authority)
	equal(t, 7, int(read.timeoutMs))
	equal(t, "x-panic", read.atHeader)
	equal(t, 15_000, int(read.tickMs))
	none, err := parseSettings(nil)
	equal(t, nil, err)
	equal(t, "my_custom_svc", none.authority)
}

func TestField(t *testing.T) {
	for value, written := range map[string]string{
		"/auth": `name=/auth`, "": `name=""`, "a b": `name="a b"`, "a\nevent=fetch": `name="a\nevent=fetch"`, "\xff": `name="\xff"`,
	} {
		equal(t, written, field("name", value))
	}
}

func FuzzParseSettings(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"tick_ms": 1}`, `{"greeting": "a"}`, `[`, `{"a":{"b":[]}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, configuration string) {
		read, err := parseSettings([]byte(configuration))
		if err == nil && (read.tickMs < 1 || slices.Contains([]string{"", "content-length"}, read.authHeader)) {
			t.Errorf("%q gives %+v", configuration, read)
		}
	})
}
