package main

import (
	"bytes"
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

// Three traps lie in rewriting a body. All are stepped around here:
//
//   - The headers go before the body, and their content-length is the old body's: with a longer one the
//     reader cuts it off, with a shorter one he waits. So the length is taken out before, and Envoy sends
//     the body in pieces that say their own length.
//   - A body comes in pieces, and what is looked for may lie across two. So nothing is written until the
//     last piece is there: ActionPause lets Envoy gather them. What is more than it gathers it answers
//     itself, a request with 413, a response with 500.
//   - Where trailers follow (HTTP/2, gRPC), no piece is ever the last one: they are what tells that the body
//     is whole.

// checksums would tell of the old body.
var checksums = []string{"content-length", "etag", "content-md5", "digest", "content-digest", "repr-digest"}

// beginRequestBody prepares for a request's body.
func (ctx *httpContext) beginRequestBody(headers [][2]string, endOfStream bool) {
	ctx.rewrites = ctx.plugin.settings.rewrites(bodiesRequest) && !endOfStream && isText(headers)
	if ctx.rewrites {
		ctx.withoutLength(proxywasm.RemoveHttpRequestHeader)
	}
}

// OnHttpRequestBody rewrites a request's body.
func (ctx *httpContext) OnHttpRequestBody(bodySize int, endOfStream bool) types.Action {
	return ctx.rewrite(bodySize, endOfStream, proxywasm.GetHttpRequestBody, proxywasm.ReplaceHttpRequestBody)
}

// OnHttpRequestTrailers rewrites a request's body that trailers follow.
func (ctx *httpContext) OnHttpRequestTrailers(numTrailers int) types.Action {
	return ctx.rewrite(ctx.gathered, true, proxywasm.GetHttpRequestBody, proxywasm.ReplaceHttpRequestBody)
}

// OnHttpResponseHeaders prepares for a response's body. The answer to a HEAD has none, but the length of the
// one that a GET would get: that is taken out, too.
//
// lesson: length
func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	ctx.rewrites, ctx.gathered = false, 0
	if ctx.ended || !ctx.plugin.settings.rewrites(bodiesResponse) {
		return types.ActionContinue
	}
	headers, err := proxywasm.GetHttpResponseHeaders()
	if err != nil {
		ctx.plugin.logWarn("body_left", field("error", reason(err)))
		return types.ActionContinue
	}
	if isText(headers) && statusIn(headers) != 304 {
		ctx.rewrites = true
		ctx.withoutLength(proxywasm.RemoveHttpResponseHeader)
	}
	return types.ActionContinue
}

// lesson: end

// OnHttpResponseBody rewrites a response's body.
func (ctx *httpContext) OnHttpResponseBody(bodySize int, endOfStream bool) types.Action {
	return ctx.rewrite(bodySize, endOfStream, proxywasm.GetHttpResponseBody, proxywasm.ReplaceHttpResponseBody)
}

// OnHttpResponseTrailers rewrites a response's body that trailers follow.
func (ctx *httpContext) OnHttpResponseTrailers(numTrailers int) types.Action {
	return ctx.rewrite(ctx.gathered, true, proxywasm.GetHttpResponseBody, proxywasm.ReplaceHttpResponseBody)
}

// rewrite waits for the whole body, then replaces what the settings say. The size is that of all pieces until
// now.
//
// lesson: body
func (ctx *httpContext) rewrite(
	size int, endOfStream bool, get func(start, most int) ([]byte, error), replace func(body []byte) error,
) types.Action {
	switch {
	case !ctx.rewrites:
		return types.ActionContinue
	case !endOfStream:
		ctx.gathered = size
		return types.ActionPause
	case size == 0:
		return types.ActionContinue // there is none
	}
	body, err := get(0, size)
	if err == nil {
		find, with := []byte(ctx.plugin.settings.find), []byte(ctx.plugin.settings.replace)
		if !bytes.Contains(body, find) {
			return types.ActionContinue
		}
		err = replace(bytes.ReplaceAll(body, find, with))
	}
	if err != nil {
		ctx.plugin.logWarn("body_left", field("error", reason(err)))
	}
	return types.ActionContinue
}

// lesson: end

// withoutLength takes out what the headers say of the old body. Where Envoy keeps a header, the body stays as
// it is.
func (ctx *httpContext) withoutLength(remove func(name string) error) {
	for _, name := range checksums {
		if err := remove(name); err != nil {
			ctx.rewrites = false
			ctx.plugin.logWarn("body_left", field("name", name), field("error", reason(err)))
			return
		}
	}
}

// isText tells whether a body may be rewritten. One that is compressed is left alone, for what is looked for
// does not stand in it; and so is a part of one, whose place in the whole would no longer hold.
func isText(headers [][2]string) bool {
	text := false
	for _, header := range headers {
		switch value := strings.ToLower(header[1]); header[0] {
		case "content-encoding":
			if value != "identity" {
				return false
			}
		case "content-range":
			return false
		case "content-type":
			text = strings.HasPrefix(value, "text/") || strings.HasPrefix(value, "application/json")
		}
	}
	return text
}
