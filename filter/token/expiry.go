package main

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
	"github.com/valyala/fastjson"
)

// What becomes of responses once the token that is kept nears its end.
const (
	afterExpiryKeep   = "keep"       // as in the article: a token is handed on, however old
	afterExpiryLeave  = "leave_out"  // the response goes on without it
	afterExpiryRefuse = "answer_503" // the client gets a 503 in place of the response
)

// latestS bounds an expiry: a later one is as good as never, and sums with it stay in range.
const latestS = 1 << 50

// nowMs is Envoy's clock, in milliseconds since the epoch. That has no time zone, as `exp` has none.
func nowMs() int64 {
	return time.Now().UnixMilli()
}

// expiryOf reads when a token ends, in milliseconds since the epoch. Nobody vouches for it: the
// signature is for those to check who have the key. So it only ever shortens what is done with a token.
func expiryOf(token string) (int64, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return 0, false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return 0, false
	}
	claims, err := parseJSON(payload)
	if err != nil {
		return 0, false
	}
	return expClaim(claims)
}

// expClaim reads the claim `exp` (RFC 7519, section 4.1.4): seconds, whose fraction is left out. One
// that stands twice is none, for each of two readers may take another one. It is read as a text: to
// read any number as a float would make the module 9 KB bigger.
func expClaim(claims *fastjson.Value) (int64, bool) {
	object, err := claims.Object()
	if err != nil {
		return 0, false
	}
	var exp *fastjson.Value
	found := 0
	object.Visit(func(key []byte, value *fastjson.Value) {
		if string(key) == "exp" {
			exp = value
			found++
		}
	})
	if found != 1 {
		return 0, false
	}
	written := exp.String()
	whole, _, _ := strings.Cut(written, ".")
	seconds, err := strconv.ParseUint(whole, 10, 64)
	if err != nil || strings.ContainsAny(written, "eE") {
		return 0, false
	}
	return int64(min(seconds, latestS) * 1000), true
}

// withExpiry adds to a reply with a token until when that may be handed on, where the settings ask for
// it. A token that is over, or does not say when it will be, then counts as none.
func (plugin *pluginContext) withExpiry(reply reply) reply {
	if reply.outcome != outcomeOK || !plugin.settings.readsExpiry() {
		return reply
	}
	expiresMs, told := expiryOf(reply.token)
	reply.endsMs = expiresMs - int64(plugin.settings.expiryMarginMs)
	reply.lifeMs = max(reply.endsMs-nowMs(), 0)
	switch {
	case plugin.settings.afterExpiry == afterExpiryKeep:
		// It only says when to ask again.
	case !told:
		reply.outcome = outcomeNoExpiry
	case reply.lifeMs == 0:
		reply.outcome = outcomeExpired
	}
	return reply
}

// tokenNow is the token that may be handed on at this moment; "" where there is none. The clock is not
// asked where nobody wants it.
func (plugin *pluginContext) tokenNow() string {
	ends := plugin.settings.afterExpiry != afterExpiryKeep
	if ends && plugin.token != "" && nowMs() >= plugin.tokenEndsMs {
		return ""
	}
	return plugin.token
}

// told is what the log says of a token that is kept.
func (plugin *pluginContext) told(reply reply) []string {
	said := []string{field("token", fingerprint(reply.token))}
	if plugin.settings.readsExpiry() {
		said = append(said, number("life_ms", uint64(reply.lifeMs)))
	}
	return said
}

// endWithoutToken ends a response that has no token: it goes on, or a 503 takes its place. Envoy shows
// the filter nothing of that 503, so it gets the filter's headers here.
func (plugin *pluginContext) endWithoutToken() types.Action {
	if plugin.settings.afterExpiry != afterExpiryRefuse {
		return types.ActionContinue
	}
	own := [][2]string{{plugin.settings.greetingHeader, plugin.settings.greeting}}
	if plugin.settings.vmHeader != "" {
		own = append(own, [2]string{plugin.settings.vmHeader, plugin.vmTag})
	}
	err := proxywasm.SendHttpResponse(503, own, []byte("There is no token for this response.\n"), -1)
	if err != nil {
		plugin.logWarn("answer_refused", field("error", reason(err)))
	}
	return types.ActionPause
}
