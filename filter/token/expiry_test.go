package main

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

const (
	leaveOut  = `{"after_expiry": "leave_out"}`
	answer503 = `{"after_expiry": "answer_503"}`
	// distantS is an `exp` that no clock comes to: 2255.
	distantS = 9_000_000_000
)

// expiring makes a token that ends at a moment, in seconds since the epoch.
func expiring(seconds int64) string {
	return bearer(`{"sub":"a","exp":` + strconv.FormatInt(seconds, 10) + `}`)
}

var lifeField = regexp.MustCompile(` life_ms=(\d+)$`)

// nowS asks the filter for its clock, by a token whose end is known. The emulator's clock for Wasm is not
// the real one: it stands at 2022, and each look at it makes it go on by a millisecond.
func (envoy *emulator) nowS(t *testing.T, marginS int64) int64 {
	t.Helper()
	envoy.fetch(granted(expiring(distantS)))
	match := lifeField.FindStringSubmatch(envoy.lastLog())
	require.NotNil(t, match, envoy.lastLog())
	life, err := strconv.ParseInt(match[1], 10, 64)
	require.NoError(t, err)
	return (distantS*1000-life)/1000 - marginS
}

// status passes an upstream's response through the filter and returns the status that the client gets, and
// its token. Envoy lets a 503 of the filter's own out as it is.
func (envoy *emulator) status(t *testing.T) (status, token string) {
	t.Helper()
	request := envoy.host.InitializeHttpContext()
	defer envoy.host.CompleteHttpContext(request)
	upstream := headers{{":status", "200"}, {"x-auth", "the upstream's"}}
	if envoy.host.CallOnResponseHeaders(request, upstream, true) == types.ActionPause {
		sent := envoy.host.GetSentLocalResponse(request)
		require.NotNil(t, sent, "a response that waits for ever")
		require.Equal(t, headers{{"x-wasm-filter", "hello from wasm"}}, clone(sent.Headers))
		return strconv.Itoa(int(sent.StatusCode)), ""
	}
	response := clone(envoy.host.GetCurrentResponseHeaders(request))
	return strings.Join(response.values(":status"), ","), strings.Join(response.values("x-auth"), ",")
}

// A token is handed on until it is over, and no longer: the service is down all the while.
func TestHandsOnNoTokenThatIsOver(t *testing.T) {
	for _, test := range []struct{ name, configuration, afterwards string }{
		{"left out", leaveOut, "200"},
		{"503", answer503, "503"},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, test.configuration, func(t *testing.T, envoy *emulator) {
				envoy.start()
				token := expiring(envoy.nowS(t, 0) + 2)
				envoy.fetch(granted(token))
				envoy.fetch(headers{{":status", "503"}})
				status, auth := envoy.status(t)
				require.Equal(t, []string{"200", token}, []string{status, auth}, "a failed fetch changes nothing")
				for auth != "" {
					require.Equal(t, []string{"200", token}, []string{status, auth})
					status, auth = envoy.status(t)
				}
				require.Equal(t, test.afterwards, status)

				again := expiring(envoy.nowS(t, 0) + 3600)
				envoy.fetch(granted(again))
				status, auth = envoy.status(t)
				require.Equal(t, []string{"200", again}, []string{status, auth}, "the service is back")
			})
		})
	}
}

// The article's filter hands a token on, however old: that is what the settings change.
func TestKeepsTheTokenForEverWhereNothingIsSaid(t *testing.T) {
	onEach(t, "", func(t *testing.T, envoy *emulator) {
		envoy.start()
		envoy.fetch(granted(expiring(1)))
		status, auth := envoy.status(t)
		require.Equal(t, []string{"200", expiring(1)}, []string{status, auth})
	})
}

// Before the first token there is none to hand on either.
func TestHasNoTokenBeforeTheFirst(t *testing.T) {
	for configuration, expected := range map[string]string{"": "200", leaveOut: "200", answer503: "503"} {
		onEach(t, configuration, func(t *testing.T, envoy *emulator) {
			envoy.start()
			status, auth := envoy.status(t)
			require.Equal(t, []string{expected, ""}, []string{status, auth})
		})
	}
}

// What a reply may bring where it matters when a token is over.
func TestTakesNoTokenThatIsOverOrDoesNotSay(t *testing.T) {
	for _, test := range []struct {
		name    string
		payload string
		outcome outcome
	}{
		{"far from over", `{"exp": 9000000000}`, outcomeOK},
		{"a fraction", `{"exp": 9000000000.75}`, outcomeOK},
		{"later than any clock", `{"exp": 18446744073709551615}`, outcomeOK},
		{"other claims, nested", `{"a": {"exp": 1}, "exp": 9000000000, "b": [["exp", 1]]}`, outcomeOK},
		{"over", `{"exp": 1000000000}`, outcomeExpired},
		{"at the beginning of time", `{"exp": 0}`, outcomeExpired},
		{"within the margin", `{"exp": NEAR}`, outcomeExpired},
		{"no exp", `{"sub": "a"}`, outcomeNoExpiry},
		{"twice", `{"exp": 9000000000, "exp": 1}`, outcomeNoExpiry},
		{"twice, once escaped", `{"exp": 9000000000, "\u0065xp": 1}`, outcomeNoExpiry},
		{"a text", `{"exp": "9000000000"}`, outcomeNoExpiry},
		{"null", `{"exp": null}`, outcomeNoExpiry},
		{"true", `{"exp": true}`, outcomeNoExpiry},
		{"negative", `{"exp": -1}`, outcomeNoExpiry},
		{"an exponent", `{"exp": 9e9}`, outcomeNoExpiry},
		{"an exponent with a point", `{"exp": 9.0E9}`, outcomeNoExpiry},
		{"too large to read", `{"exp": 18446744073709551616}`, outcomeNoExpiry},
		{"no object", `[9000000000]`, outcomeNoExpiry},
		{"no JSON", `exp: 9000000000`, outcomeNoExpiry},
		{"cut off", `{"exp": 9000000000`, outcomeNoExpiry},
		{"nested too deep", `{"exp": 9000000000, "a": ` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`, outcomeNoExpiry},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, `{"after_expiry": "leave_out", "expiry_margin_ms": 60000}`, func(t *testing.T, envoy *emulator) {
				envoy.start()
				near := strconv.FormatInt(envoy.nowS(t, 60)+50, 10)
				token := bearer(strings.ReplaceAll(test.payload, "NEAR", near))
				envoy.fetch(granted(token))
				line := "warn event=fetch vm=VM n=2 outcome=" + string(test.outcome) + " status=200"
				kept := expiring(distantS)
				if test.outcome == outcomeOK {
					line = "info event=fetch vm=VM n=2 outcome=ok status=200 token=" + fingerprint(token)
					kept = token
				}
				require.Equal(t, line, lifeField.ReplaceAllString(envoy.lastLog(), ""))
				require.Equal(t, kept, envoy.xAuth(), "what was kept before stays")
				require.Positive(t, envoy.count("fetches."+string(test.outcome)))
			})
		})
	}
}

func TestExpiryOf(t *testing.T) {
	for _, test := range []struct {
		token string
		ms    int64
		told  bool
	}{
		{bearer(`{"exp": 7}`), 7_000, true},
		{strings.TrimPrefix(bearer(`{"exp": 7.9}`), "Bearer "), 7_000, true},
		{bearer(`{"exp": 18446744073709551615}`), latestS * 1000, true},
		{bearer(`{}`), 0, false},
		{"a.b.c", 0, false},
		{"Bearer a.!.c", 0, false},
		{"", 0, false},
	} {
		ms, told := expiryOf(test.token)
		require.Equal(t, test.ms, ms, test.token)
		require.Equal(t, test.told, told, test.token)
	}
}

// Whatever a token's payload is, reading it ends, in a moment that sums can be made with or in none.
func FuzzExpiryOf(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"exp": 1}`, `{"exp": 1e999}`, `{"exp":`, "[[[[", "\xff", `{"exp": 99999999999999999999}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, payload string) {
		ms, told := expiryOf(bearer(payload))
		require.True(t, told || ms == 0)
		require.GreaterOrEqual(t, ms, int64(0))
		require.Less(t, ms, int64(math.MaxInt64/2))
	})
}
