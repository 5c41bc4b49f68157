package main

import (
	"strings"
	"testing"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/stretchr/testify/require"
)

const (
	asking   = `{"keys": {"key-of-ann": "ann", "key-of-bob": "bob"}}`
	unasking = `{"keys": {"key-of-ann": "ann"}, "cluster": ""}`
	swapping = `{"keys": {"key-of-ann": "ann"}, "cluster": "", "find": "old", "replace": "newer", "bodies": "both"}`
)

var ann = headers{{":path", "/"}, {"x-api-key", "key-of-ann"}}

func TestRefusesWithoutAGoodKey(t *testing.T) {
	for name, request := range map[string]headers{
		"none":    {{":path", "/"}},
		"empty":   {{"x-api-key", ""}},
		"wrong":   {{"x-api-key", "key-of-eve"}},
		"shorter": {{"x-api-key", "key-of-an"}},
		"several": {{"x-api-key", "key-of-ann"}, {"x-api-key", "key-of-bob"}},
	} {
		t.Run(name, func(t *testing.T) {
			onEach(t, asking, func(t *testing.T, envoy *emulator) {
				envoy.start()
				id := envoy.host.InitializeHttpContext()
				defer envoy.host.CompleteHttpContext(id)
				require.Equal(t, types.ActionPause, envoy.host.CallOnRequestHeaders(id, request, true))
				envoy.refused(id, 403, "This way needs a key: send a good one as x-api-key.\n")
				require.Empty(t, envoy.host.GetCalloutAttributesFromContext(id), "nobody is asked")
				require.NotContains(t, strings.Join(envoy.log(), "\n"), "key-of")
			})
		})
	}
}

func TestWithoutKeysNobodyPasses(t *testing.T) {
	for _, configuration := range []string{"", `{"keys": {}}`} {
		onEach(t, configuration, func(t *testing.T, envoy *emulator) {
			envoy.start()
			id := envoy.host.InitializeHttpContext()
			defer envoy.host.CompleteHttpContext(id)
			require.Equal(t, types.ActionPause, envoy.host.CallOnRequestHeaders(id, ann, true))
			envoy.refused(id, 403, "This way needs a key: send a good one as x-api-key.\n")
		})
	}
}

// Whatever the callout brings, the request goes on or is answered: none waits for ever.
func TestEndsThePauseByTheReply(t *testing.T) {
	for _, test := range []struct {
		name   string
		reply  headers
		status uint32 // 0: it goes on
		says   string
	}{
		{"yes", headers{{":status", "200"}}, 0, ""},
		{"no", headers{{":status", "401"}}, 403, "The service says no.\n"},
		{"forbidden", headers{{":status", "403"}}, 403, "The service says no.\n"},
		{"gone", headers{{":status", "503"}}, 503, unasked},
		{"late", headers{{":status", "504"}}, 503, unasked},
		{"an error", headers{{":status", "500"}}, 503, unasked},
		{"elsewhere", headers{{":status", "302"}}, 503, unasked},
		{"nothing", nil, 503, unasked},
		{"no number", headers{{":status", "yes"}}, 503, unasked},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, asking, func(t *testing.T, envoy *emulator) {
				envoy.start()
				id := envoy.host.InitializeHttpContext()
				defer envoy.host.CompleteHttpContext(id)
				require.Equal(t, types.ActionPause, envoy.host.CallOnRequestHeaders(id, ann, false))
				require.Nil(t, envoy.host.GetSentLocalResponse(id), "it waits")
				callouts := envoy.host.GetCalloutAttributesFromContext(id)
				require.Len(t, callouts, 1)
				require.Equal(t, "my_custom_svc", callouts[0].Upstream)
				envoy.host.CallOnHttpCallResponse(callouts[0].CalloutID, test.reply, nil, nil)
				if test.status != 0 {
					envoy.refused(id, test.status, test.says)
					return
				}
				require.Nil(t, envoy.host.GetSentLocalResponse(id))
				require.Equal(t, types.ActionContinue, envoy.host.GetCurrentHttpStreamAction(id))
				require.Equal(t, headers{{":path", "/"}, {"x-gate-name", "ann"}}, clone(envoy.host.GetCurrentRequestHeaders(id)))
			})
		})
	}
}

// A client that leaves while its request waits: the reply finds nobody, and nothing breaks.
func TestAReplyForAClientThatHasLeft(t *testing.T) {
	onEach(t, asking, func(t *testing.T, envoy *emulator) {
		envoy.start()
		id := envoy.host.InitializeHttpContext()
		envoy.host.CallOnRequestHeaders(id, ann, true)
		callout := envoy.host.GetCalloutAttributesFromContext(id)[0]
		envoy.host.CompleteHttpContext(id)
		envoy.host.CallOnHttpCallResponse(callout.CalloutID, headers{{":status", "200"}}, nil, nil)
		require.NotContains(t, strings.Join(envoy.log(), "\n"), "event=passed")
	})
}

func TestReplacesAForgedName(t *testing.T) {
	onEach(t, unasking, func(t *testing.T, envoy *emulator) {
		envoy.start()
		id := envoy.host.InitializeHttpContext()
		defer envoy.host.CompleteHttpContext(id)
		request := append(headers{{"x-gate-name", "root"}}, ann...)
		require.Equal(t, types.ActionContinue, envoy.host.CallOnRequestHeaders(id, request, true))
		require.Equal(t, headers{{"x-gate-name", "ann"}, {":path", "/"}}, clone(envoy.host.GetCurrentRequestHeaders(id)))
	})
}

// What Envoy sends on of a response: its length is taken out where the body is rewritten, and only there.
func TestRewritesABodyThatComesInPieces(t *testing.T) {
	text := headers{{":status", "200"}, {"content-type", "text/plain"}, {"content-length", "9"}}
	for _, test := range []struct {
		name    string
		head    headers
		pieces  []string
		becomes string
		length  bool // stays
	}{
		{"one piece", text, []string{"an old hat"}, "an newer hat", false},
		{"across two", text, []string{"an o", "ld hat"}, "an newer hat", false},
		{"many, and an empty last", text, []string{"o", "l", "d", "old", ""}, "newernewer", false},
		{"not in it", text, []string{"a hat"}, "a hat", false},
		{"empty", text, []string{""}, "", false},
		{"compressed", append(headers{{"content-encoding", "gzip"}}, text...), []string{"old"}, "old", true},
		{"a part", append(headers{{"content-range", "bytes 0-2/9"}}, text...), []string{"old"}, "old", true},
		{"no text", headers{{"content-type", "image/png"}, {"content-length", "3"}}, []string{"old"}, "old", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			onEach(t, swapping, func(t *testing.T, envoy *emulator) {
				envoy.start()
				id := envoy.host.InitializeHttpContext()
				defer envoy.host.CompleteHttpContext(id)
				require.Equal(t, types.ActionContinue, envoy.host.CallOnResponseHeaders(id, test.head, false))
				kept := clone(envoy.host.GetCurrentResponseHeaders(id)).values("content-length")
				require.Equal(t, test.length, len(kept) == 1)
				for at, piece := range test.pieces {
					last := at == len(test.pieces)-1
					action := envoy.host.CallOnResponseBody(id, []byte(piece), last)
					require.Equal(t, last || test.length, action == types.ActionContinue)
				}
				require.Equal(t, test.becomes, string(envoy.host.GetCurrentResponseBody(id)))
			})
		})
	}
}

func TestRewritesABodyThatTrailersFollow(t *testing.T) {
	text := headers{{":status", "200"}, {"content-type", "text/plain"}, {"content-length", "9"}}
	trailers := headers{{"x-trailer", "a"}}
	onEach(t, swapping, func(t *testing.T, envoy *emulator) {
		envoy.start()
		id := envoy.host.InitializeHttpContext()
		defer envoy.host.CompleteHttpContext(id)
		envoy.host.CallOnRequestHeaders(id, append(headers{{"content-type", "text/plain"}}, ann...), false)
		require.Equal(t, types.ActionPause, envoy.host.CallOnRequestBody(id, []byte("an o"), false))
		require.Equal(t, types.ActionPause, envoy.host.CallOnRequestBody(id, []byte("ld hat"), false))
		require.Equal(t, types.ActionContinue, envoy.host.CallOnRequestTrailers(id, trailers))
		require.Equal(t, "an newer hat", string(envoy.host.GetCurrentRequestBody(id)))
		envoy.host.CallOnResponseHeaders(id, text, false)
		require.Equal(t, types.ActionPause, envoy.host.CallOnResponseBody(id, []byte("old"), false))
		require.Equal(t, types.ActionContinue, envoy.host.CallOnResponseTrailers(id, trailers))
		require.Equal(t, "newer", string(envoy.host.GetCurrentResponseBody(id)))
		// One without a body, but with trailers.
		envoy.host.CallOnResponseHeaders(id, text, false)
		require.Equal(t, types.ActionContinue, envoy.host.CallOnResponseTrailers(id, trailers))
	})
}

func TestTakesOutTheLengthOfAHead(t *testing.T) {
	onEach(t, swapping, func(t *testing.T, envoy *emulator) {
		envoy.start()
		id := envoy.host.InitializeHttpContext()
		defer envoy.host.CompleteHttpContext(id)
		head := headers{{":status", "200"}, {"content-type", "text/plain"}, {"content-length", "9"}, {"etag", `"1"`}}
		require.Equal(t, types.ActionContinue, envoy.host.CallOnResponseHeaders(id, head, true))
		require.Equal(t, head[:2], clone(envoy.host.GetCurrentResponseHeaders(id)))
	})
}

func TestRefusesSettings(t *testing.T) {
	for configuration, says := range map[string]string{
		`{"key": {}}`:                      `unknown setting "key"`,
		`{"keys": ["secret"]}`:             `setting "keys" must be an object from key to owner, not array`,
		`{"keys": {"secret": 1}}`:          `setting "keys" has an owner that is not a name in ASCII without spaces`,
		`{"keys": {"a secret": "b"}}`:      `setting "keys" has a key that is not a name in ASCII without spaces`,
		`{"keys": {"s": "a", "s": "b"}}`:   `setting "keys" has a key twice, the second is of "b"`,
		`{"replace": "x"}`:                 `setting "replace" needs "find"`,
		`{"bodies": "all"}`:                `setting "bodies" must be one of request, response, both, not "all"`,
		`{"name_header": "x-api-key"}`:     `settings "key_header" and "name_header" both name the header "x-api-key"`,
		`{"key_header": "content-length"}`: `setting "key_header" must be a header name in lower case, not one of the connection's own, not "content-length"`,
	} {
		t.Run(configuration, func(t *testing.T) {
			onEach(t, configuration, func(t *testing.T, envoy *emulator) {
				require.Equal(t, types.OnVMStartStatusOK, envoy.host.StartVM())
				require.Equal(t, types.OnPluginStartStatusFailed, envoy.host.StartPlugin())
				require.Equal(t, []string{"critical " + line("settings_refused", "VM", field("error", says))}, envoy.log())
			})
		})
	}
}

// refused holds the answer of the filter's own to what it must be.
func (envoy *emulator) refused(id uint32, status uint32, says string) {
	envoy.t.Helper()
	own := envoy.host.GetSentLocalResponse(id)
	require.NotNil(envoy.t, own, "a request that waits for ever")
	require.Equal(envoy.t, status, own.StatusCode)
	require.Equal(envoy.t, says, string(own.Data))
}
