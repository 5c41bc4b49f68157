package main

import (
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

// Each setting changes what it says, and nothing else.
func TestEachSettingChangesItsThing(t *testing.T) {
	for _, test := range []struct {
		configuration string
		changes       map[string]string
	}{
		{"", nil},
		{"  \n", nil},
		{`{}`, nil},
		{`{"tick_ms": 1000}`, map[string]string{"tick_ms": "1000"}},
		{`{"tick_ms": 1}`, map[string]string{"tick_ms": "1"}},
		{`{"tick_ms": 86400000}`, map[string]string{"tick_ms": "86400000"}},
		{`{"cluster": "jwt"}`, map[string]string{"cluster": "jwt", "callout :authority": "jwt"}},
		{`{"method": "POST"}`, map[string]string{"callout :method": "POST"}},
		{`{"path": "/v2/token?for=wasm"}`, map[string]string{"callout :path": "/v2/token?for=wasm"}},
		{`{"authority": "jwt.example:8080"}`, map[string]string{"callout :authority": "jwt.example:8080"}},
		{`{"timeout_ms": 250}`, map[string]string{"timeout_ms": "250"}},
		{`{"token_header": "x-token"}`, map[string]string{"response x-auth": second}},
		{`{"greeting_header": "x-hello"}`, map[string]string{
			"response x-wasm-filter": "", "response x-hello": "hello from wasm",
		}},
		{`{"greeting": "good day, \"all\""}`, map[string]string{"response x-wasm-filter": `good day, "all"`}},
		{`{"auth_header": "x-jwt"}`, map[string]string{"response x-auth": "", "response x-jwt": first}},
		{`{"vm_header": "x-vm"}`, map[string]string{"response x-vm": "VM"}},
		{`{"vm_header": ""}`, nil},
		{`{"max_token_bytes": 20}`, map[string]string{"response x-auth": ""}},
		{`{"max_token_bytes": 49152}`, nil},
		{`{"one_callout": false, "after_expiry": "keep"}`, nil},
		{`{"one_callout": true}`, nil},
		{`{"after_expiry": "leave_out"}`, map[string]string{"response x-auth": ""}}, // this token does not say
		{`{"refresh_percent": 50, "backoff_ms": 100}`, nil},
		{
			`{"tick_ms": 500, "cluster": "jwt", "authority": "jwt.example", "auth_header": "authorization"}`,
			map[string]string{
				"tick_ms": "500", "cluster": "jwt", "callout :authority": "jwt.example",
				"response x-auth": "", "response authorization": first,
			},
		},
	} {
		t.Run(test.configuration, func(t *testing.T) {
			expected := map[string]string{
				"tick_ms":                "15000",
				"timeout_ms":             "5000",
				"cluster":                "my_custom_svc",
				"callout :method":        "GET",
				"callout :path":          "/auth",
				"callout :authority":     "my_custom_svc",
				"callout x-wasm-vm":      "VM",
				"response x-wasm-filter": "hello from wasm",
				"response x-auth":        first,
			}
			maps.Copy(expected, test.changes)
			maps.DeleteFunc(expected, func(_, value string) bool { return value == "" })
			onEach(t, test.configuration, func(t *testing.T, envoy *emulator) {
				require.Equal(t, expected, observe(envoy))
			})
		})
	}
}

// observe runs the filter once and tells everything that a setting can change.
func observe(envoy *emulator) map[string]string {
	envoy.t.Helper()
	envoy.start()
	callout := envoy.tick()
	envoy.answer(callout, headers{{":status", "200"}, {"authorization", first}, {"x-token", second}})

	seen := map[string]string{
		"tick_ms":    strconv.FormatUint(uint64(envoy.host.GetTickPeriod()), 10),
		"timeout_ms": envoy.timeoutMs(),
		"cluster":    strings.Clone(callout.Upstream),
	}
	for _, header := range callout.Headers {
		seen["callout "+header[0]] = header[1]
	}
	for _, header := range envoy.respond(nil) {
		seen["response "+header[0]] = header[1]
	}
	for name, value := range seen {
		seen[strings.Clone(name)] = strings.ReplaceAll(value, envoy.tags()[0], "VM")
	}
	return seen
}

// What a person can get wrong, and what the log says then. The plugin does not start, so Envoy
// refuses the configuration: better than a filter that silently does something else.
func TestRefusesBadSettings(t *testing.T) {
	for _, test := range []struct{ name, configuration, message string }{
		{"unknown", `{"tik_ms": 1000}`, `unknown setting "tik_ms"`},
		{"unknown after a good one", `{"tick_ms": 1000, "TICK_MS": 1000}`, `unknown setting "TICK_MS"`},
		{"twice", `{"path": "/a", "path": "/b"}`, `setting "path" stands twice`},
		{"twice, once escaped", `{"path": "/a", "p\u0061th": "/b"}`, `setting "path" stands twice`},
		{"the first problem", `{"tick_ms": 0, "path": ""}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not 0`},

		{"number as text", `{"tick_ms": "1000"}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not "1000"`},
		{"zero", `{"tick_ms": 0}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not 0`},
		{"negative", `{"tick_ms": -1}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not -1`},
		{"fraction", `{"tick_ms": 0.5}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not 0.5`},
		{"exponent", `{"tick_ms": 1e3}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not 1e3`},
		{"more than a day", `{"tick_ms": 86400001}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not 86400001`},
		{"more than 32 bits", `{"tick_ms": 4294968296}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not 4294968296`},
		{"more than 64 bits", `{"tick_ms": 18446744073709552616}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not 18446744073709552616`},
		{"null", `{"tick_ms": null}`, `setting "tick_ms" must be a whole number from 1 to 86400000, not null`},
		{"no timeout", `{"timeout_ms": 0}`, `setting "timeout_ms" must be a whole number from 1 to 86400000, not 0`},
		{"no token", `{"max_token_bytes": 0}`, `setting "max_token_bytes" must be a whole number from 1 to 49152, not 0`},
		{"more than Envoy takes", `{"max_token_bytes": 49153}`, `setting "max_token_bytes" must be a whole number from 1 to 49152, not 49153`},

		{"a margin for ever", `{"expiry_margin_ms": 1}`, `setting "expiry_margin_ms" needs "after_expiry": "leave_out" or "answer_503"`},
		{"a margin of nothing", `{"expiry_margin_ms": 0}`, `setting "expiry_margin_ms" must be a whole number from 1 to 86400000, not 0`},
		{"after expiry, a word", `{"after_expiry": "drop"}`, `setting "after_expiry" must be "keep", "leave_out" or "answer_503", not "drop"`},
		{"after expiry, a number", `{"after_expiry": 503}`, `setting "after_expiry" must be "keep", "leave_out" or "answer_503", not 503`},
		{"asks when it is over", `{"refresh_percent": 100}`, `setting "refresh_percent" must be a whole number from 1 to 99, not 100`},
		{"asks at once", `{"refresh_percent": 0}`, `setting "refresh_percent" must be a whole number from 1 to 99, not 0`},
		{"jitter", `{"jitter_percent": 101}`, `setting "jitter_percent" must be a whole number from 1 to 100, not 101`},
		{"one as a number", `{"one_callout": 1}`, `setting "one_callout" must be true or false, not 1`},
		{"one as a text", `{"one_callout": "true"}`, `setting "one_callout" must be true or false, not "true"`},
		{"back-off", `{"backoff_ms": 0}`, `setting "backoff_ms" must be a whole number from 1 to 86400000, not 0`},
		{"most of no back-off", `{"backoff_most_ms": 1000}`, `setting "backoff_most_ms" needs "backoff_ms"`},
		{"most below the first", `{"backoff_most_ms": 99, "backoff_ms": 100}`, `setting "backoff_most_ms" must be at least "backoff_ms", 100, not 99`},

		{"text as number", `{"cluster": 7}`, `setting "cluster" must be a name in ASCII without spaces, not 7`},
		{"no cluster", `{"cluster": ""}`, `setting "cluster" must be a name in ASCII without spaces, not ""`},
		{"cluster with a space", `{"cluster": "my svc"}`, `setting "cluster" must be a name in ASCII without spaces, not "my svc"`},
		{"cluster with a line end", `{"cluster": "a\r\nx: y"}`, `setting "cluster" must be a name in ASCII without spaces, not "a\r\nx: y"`},
		{"authority with a line end", `{"authority": "a\nx: y"}`, `setting "authority" must be a name in ASCII without spaces, not "a\nx: y"`},
		{"method with a mark", `{"method": "GET/"}`, `setting "method" must be an HTTP method such as GET, not "GET/"`},
		{"path with a return", `{"path": "/a\rb"}`, `setting "path" must be a path that begins with / and holds no spaces, not "/a\rb"`},
		{"path not ASCII", `{"path": "/grüezi"}`, `setting "path" must be a path that begins with / and holds no spaces, not "/grüezi"`},
		{"no authority", `{"authority": ""}`, `setting "authority" must be a name in ASCII without spaces, not ""`},
		{"no method", `{"method": ""}`, `setting "method" must be an HTTP method such as GET, not ""`},
		{"two methods", `{"method": "GET POST"}`, `setting "method" must be an HTTP method such as GET, not "GET POST"`},
		{"no path", `{"path": ""}`, `setting "path" must be a path that begins with / and holds no spaces, not ""`},
		{"no slash", `{"path": "auth"}`, `setting "path" must be a path that begins with / and holds no spaces, not "auth"`},
		{"path with a space", `{"path": "/a b"}`, `setting "path" must be a path that begins with / and holds no spaces, not "/a b"`},
		{"path with a line end", `{"path": "/a\r\nhost:b"}`, `setting "path" must be a path that begins with / and holds no spaces, not "/a\r\nhost:b"`},

		{"no header", `{"auth_header": ""}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not ""`},
		{"capitals", `{"auth_header": "X-Auth"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "X-Auth"`},
		{"header with a line end", `{"greeting_header": "x-a\r\nx-b"}`, `setting "greeting_header" must be a header name in lower case, not one of the connection's own, not "x-a\r\nx-b"`},
		{"header of HTTP/2", `{"token_header": ":status"}`, `setting "token_header" must be a header name in lower case, not one of the connection's own, not ":status"`},
		{"header with a space", `{"vm_header": "x vm"}`, `setting "vm_header" must be a header name in lower case, not one of the connection's own, or empty, not "x vm"`},
		{"header of the connection", `{"greeting_header": "content-length"}`, `setting "greeting_header" must be a header name in lower case, not one of the connection's own, not "content-length"`},
		{"header of the connection, connection", `{"auth_header": "connection"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "connection"`},
		{"header of the connection, host", `{"auth_header": "host"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "host"`},
		{"header of the connection, keep-alive", `{"auth_header": "keep-alive"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "keep-alive"`},
		{"header of the connection, proxy-connection", `{"auth_header": "proxy-connection"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "proxy-connection"`},
		{"header of the connection, te", `{"auth_header": "te"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "te"`},
		{"header of the connection, trailer", `{"auth_header": "trailer"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "trailer"`},
		{"header of the connection, transfer-encoding", `{"auth_header": "transfer-encoding"}`, `setting "auth_header" must be a header name in lower case, not one of the connection's own, not "transfer-encoding"`},
		{"header of the connection for the VM", `{"vm_header": "upgrade"}`, `setting "vm_header" must be a header name in lower case, not one of the connection's own, or empty, not "upgrade"`},
		{"value with a line end", `{"greeting": "a\r\nx-b: c"}`, `setting "greeting" must be text of at most 1024 printable ASCII characters, not "a\r\nx-b: c"`},
		{"value longer than headers may be", `{"greeting": "` + strings.Repeat("a", 1025) + `"}`, `setting "greeting" must be text of at most 1024 printable ASCII characters, not "` + strings.Repeat("a", 79) + `...`},
		{"value not ASCII", `{"greeting": "grüezi"}`, `setting "greeting" must be text of at most 1024 printable ASCII characters, not "grüezi"`},
		{"one header for two", `{"greeting_header": "x-auth"}`, `settings "greeting_header" and "auth_header" both name the header "x-auth"`},
		{"one header for two, again", `{"auth_header": "x-a", "vm_header": "x-a"}`, `settings "auth_header" and "vm_header" both name the header "x-a"`},

		{"list", `[{"tick_ms": 1000}]`, `not a JSON object but array`},
		{"text", `"tick_ms"`, `not a JSON object but string`},
		{"number", `1000`, `not a JSON object but number`},
		{"null alone", `null`, `not a JSON object but null`},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, test.configuration, func(t *testing.T, envoy *emulator) {
				require.Equal(t, types.OnPluginStartStatusFailed, envoy.host.StartPlugin())
				require.Equal(t, []string{
					"critical event=settings_refused vm=VM error=" + strconv.Quote(test.message),
				}, envoy.log())
				require.Zero(t, envoy.host.GetTickPeriod(), "no timer runs")
			})
		})
	}
}

// What is no JSON is told in the parser's words.
func TestRefusesWhatIsNoJSON(t *testing.T) {
	for _, configuration := range []string{
		`tick_ms: 1000`, `{"tick_ms": 1000`, `{"tick_ms": 1000,}`, `{tick_ms: 1000}`, `{} {}`, "\xff\xfe",
		`{"tick_ms": 01000}`, `{"tick_ms": +1000}`, `{"greeting": "\q"}`, "{\"greeting\": \"a\tb\"}",
	} {
		t.Run(configuration, func(t *testing.T) {
			onEach(t, configuration, func(t *testing.T, envoy *emulator) {
				require.Equal(t, types.OnPluginStartStatusFailed, envoy.host.StartPlugin())
				require.Len(t, envoy.log(), 1)
				require.Contains(t, envoy.lastLog(), `critical event=settings_refused vm=VM error="not valid JSON: `)
			})
		})
	}
}

// Brackets without end would run the stack of the VM out: they are refused in words, like the rest.
func TestRefusesDeepNesting(t *testing.T) {
	for _, test := range []struct{ name, configuration, message string }{
		{"as deep as may be", `{"path": ` + strings.Repeat("[", 7) + strings.Repeat("]", 7) + `}`, `setting \"path\" must be a path that begins with / and holds no spaces, not [[[[[[[]]]]]]]`},
		{"deep, then shallow", `{"a": [[[[[[[[]]]]]]]], "b": []}`, "nested 9 levels deep, not at most 8"},
		{"deep", strings.Repeat("[", 9), "nested 9 levels deep, not at most 8"},
		{"very deep", strings.Repeat(`{"a":`, 100_000), "nested 100000 levels deep, not at most 8"},
		{"deep after a text", `{"a\"": ` + strings.Repeat("[", 300), "nested 301 levels deep, not at most 8"},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, test.configuration, func(t *testing.T, envoy *emulator) {
				require.Equal(t, types.OnPluginStartStatusFailed, envoy.host.StartPlugin())
				require.Equal(t, `critical event=settings_refused vm=VM error="`+test.message+`"`, envoy.lastLog())
			})
		})
	}
	t.Run("brackets in a text", func(t *testing.T) {
		brackets := strings.Repeat("[{", 50)
		onEach(t, `{"greeting": "\"`+brackets+`"}`, func(t *testing.T, envoy *emulator) {
			envoy.start()
			require.Equal(t, []string{`"` + brackets}, envoy.respond(nil).values("x-wasm-filter"))
		})
	})
}

func TestParseSettings(t *testing.T) {
	read, err := parseSettings(nil)
	require.NoError(t, err)
	require.Equal(t, settings{
		tickMs: 15_000, cluster: "my_custom_svc", method: "GET", path: "/auth", authority: "my_custom_svc",
		timeoutMs: 5_000, tokenHeader: "authorization", greetingHeader: "x-wasm-filter",
		greeting: "hello from wasm", authHeader: "x-auth", vmHeader: "", maxTokenBytes: 8_192,
		afterExpiry: "keep",
	}, read)

	read, err = parseSettings([]byte(`{
		"tick_ms": 1, "cluster": "c", "method": "PUT", "path": "/p", "authority": "a", "timeout_ms": 2,
		"token_header": "x-t", "greeting_header": "x-g", "greeting": "", "auth_header": "x-j",
		"vm_header": "x-v", "max_token_bytes": 3, "after_expiry": "leave_out", "expiry_margin_ms": 4,
		"refresh_percent": 5, "jitter_percent": 6, "one_callout": true, "backoff_ms": 7, "backoff_most_ms": 8
	}`))
	require.NoError(t, err)
	require.Equal(t, settings{
		tickMs: 1, cluster: "c", method: "PUT", path: "/p", authority: "a", timeoutMs: 2,
		tokenHeader: "x-t", greetingHeader: "x-g", greeting: "", authHeader: "x-j",
		vmHeader: "x-v", maxTokenBytes: 3, afterExpiry: "leave_out", expiryMarginMs: 4,
		refreshPercent: 5, jitterPercent: 6, oneCallout: true, backoffMs: 7, backoffMostMs: 8,
	}, read)
}

// Whatever the configuration holds, reading it ends in settings or in an error, and no text in the
// settings can end a header's line.
func FuzzParseSettings(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "null", `{"tick_ms": 1000}`, `{"path": "/a\r\nhost: b"}`, `{"greeting": "a\nb", "greeting": ""}`,
		`{"vm_header": "x-wasm-vm", "auth_header": "x-\u000d"}`, `{"tick_ms": 1e999}`, "[[[[", "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, configuration []byte) {
		read, err := parseSettings(configuration)
		if err != nil {
			return
		}
		for _, text := range []string{
			read.cluster, read.method, read.path, read.authority, read.tokenHeader, read.greetingHeader,
			read.greeting, read.authHeader, read.vmHeader,
		} {
			require.NotContains(t, text, "\r")
			require.NotContains(t, text, "\n")
		}
		require.NotZero(t, read.tickMs)
		require.NotZero(t, read.timeoutMs)
		require.NotEmpty(t, read.cluster)
	})
}
