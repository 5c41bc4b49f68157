package main

import (
	"errors"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

func TestField(t *testing.T) {
	for _, test := range []struct{ value, written string }{
		{"/auth", `name=/auth`},
		{"my_custom_svc", `name=my_custom_svc`},
		{"", `name=""`},
		{"bad argument", `name="bad argument"`},
		{"/auth?for=wasm", `name="/auth?for=wasm"`},
		{`a"b`, `name="a\"b"`},
		{`a\b`, `name="a\\b"`},
		{"a\nevent=fetch", `name="a\nevent=fetch"`},
		{"grüezi", `name="grüezi"`},
		{"\xff", `name="\xff"`},
		{"a\x7f", `name="a\x7f"`},
	} {
		require.Equal(t, test.written, field("name", test.value))
	}
	require.Equal(t, "n=18446744073709551615", number("n", 1<<64-1))
}

func TestReason(t *testing.T) {
	require.Equal(t, "bad argument", reason(types.ErrorStatusBadArgument))
	require.Equal(t, "something else", reason(errors.New("something else")))
}

func TestNewTag(t *testing.T) {
	seen := map[string]bool{}
	for range 20 {
		tag := newTag()
		require.Regexp(t, "^[0-9a-f]{6}$", tag)
		seen[tag] = true
	}
	require.Greater(t, len(seen), 1, "not always the same")
}
