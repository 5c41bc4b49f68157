package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWellFormed(t *testing.T) {
	for _, test := range []struct {
		value string
		well  bool
	}{
		{"Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln", true},
		{"eyJhbGciOiJSUzI1NiJ9.e30.c2ln", true},
		{"a.b.c", true},
		{"Bearer A-Z_a-z.0-9._-_", true},

		{"", false},
		{"Bearer", false},
		{"Bearer ", false},
		{"Bearer token", false},
		{"Basic dXNlcjpwYXNz", false},
		{"Basic a.b.c", false},
		{"Bearer a.b", false},
		{"Bearer a.b.c.d", false},
		{"Bearer a.b.", false}, // what `alg: none` makes: a token that nobody signed
		{"Bearer .b.c", false},
		{"Bearer a..c", false},
		{"Bearer Bearer a.b.c", false},
		{"Bearer  a.b.c", false},
		{" a.b.c", false},
		{"a.b.c ", false},
		{"a.b.c\n", false},
		{"a.b.c\r\n", false},
		{"a.b\x00.c", false},
		{"a.b\t.c", false},
		{"a.b.c==", false},
		{"a.b+.c/", false},
		{"a.b.ç", false},
		{"a.b.c\xff", false},
		{"a.b.\u212a", false}, // the sign for kelvin, whose lower case is k
	} {
		require.Equal(t, test.well, wellFormed(test.value), "%q", test.value)
	}
}

// Whatever the JWT service sends: what passes is printable ASCII without a line end.
func FuzzWellFormed(f *testing.F) {
	for _, seed := range []string{
		"", ".", "..", "a.b.c", "Bearer a.b.c", "Bearer a.b.c\r\nx-injected: yes", "a.b.\n", "ä.b.c", "\xff.b.c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if wellFormed(value) {
			require.NotContains(t, value, "\r")
			require.NotContains(t, value, "\n")
			require.True(t, printable(value))
			require.Equal(t, 2, strings.Count(value, "."))
		}
	})
}

func TestJudge(t *testing.T) {
	rules := settings{tokenHeader: "x-token", maxTokenBytes: 5}
	for _, test := range []struct {
		name    string
		headers headers
		reply   reply
	}{
		{"a token", headers{{":status", "200"}, {"x-token", "a.b.c"}}, reply{outcome: outcomeOK, status: 200, token: "a.b.c"}},
		{"the status after it", headers{{"x-token", "a.b.c"}, {":status", "200"}}, reply{outcome: outcomeOK, status: 200, token: "a.b.c"}},
		{"none at all", nil, reply{outcome: outcomeStatus}},
		{"an error", headers{{":status", "500"}, {"x-token", "a.b.c"}}, reply{outcome: outcomeStatus, status: 500, token: ""}},
		{"an odd status", headers{{":status", "-200"}, {"x-token", "a.b.c"}}, reply{outcome: outcomeStatus}},
		{"another's header", headers{{":status", "200"}, {"authorization", "a.b.c"}}, reply{outcome: outcomeMissing, status: 200, token: ""}},
		{"two", headers{{":status", "200"}, {"x-token", "a.b.c"}, {"x-token", "a.b.d"}}, reply{outcome: outcomeAmbiguous, status: 200, token: ""}},
		{"long", headers{{":status", "200"}, {"x-token", "a.b.cd"}}, reply{outcome: outcomeTooLong, status: 200, token: ""}},
		{"broken", headers{{":status", "200"}, {"x-token", "a.b"}}, reply{outcome: outcomeMalformed, status: 200, token: ""}},
	} {
		require.Equal(t, test.reply, judge(test.headers, rules), test.name)
	}
}

// The Python side names tokens in the same way: the numbers here are of `printf abc | sha256sum`.
func TestFingerprint(t *testing.T) {
	require.Equal(t, "ba7816bf", fingerprint("abc"))
	require.Equal(t, "e3b0c442", fingerprint(""))
}
