"""A filter that does what the request's path says: it refuses, panics, or logs at every level."""

from __future__ import annotations

from pathlib import Path

from lab_helpers.compiling.modules import Module
from tests.edited_filters import hello_with

__all__ = ["EVIL", "moody"]

EVIL = (
    "<script>window.acted=1</script><b>bold</b> `code` $x$"
    " \x1b[31mred\x1b[0m \x1b]0;title\x07 \u202ertl"
)
"""What a foreign line may hold, and what must never act."""

_SOURCE = r"""package main

import (
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

const evil = "<script>window.acted=1</script><b>bold</b> `code` $x$" +
	" \x1b[31mred\x1b[0m \x1b]0;title\a \u202ertl"

const token = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkgYXQgYWxsIn0" +
	".c2lnbmVkIGJ5IG5vYm9keQ"

func (ctx *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	ctx.mood, _ = proxywasm.GetHttpRequestHeader(":path") // the response no longer knows it
	switch ctx.mood {
	case "/refuse":
		why := [][2]string{{"x-why", "no ticket"}}
		proxywasm.SendHttpResponse(403, why, []byte("no ticket\n"), -1)
		return types.ActionPause
	case "/refuse-without-a-word":
		proxywasm.SendHttpResponse(503, nil, nil, -1)
		return types.ActionPause
	case "/panic-at-request":
		panic("at the request, on purpose")
	case "/log":
		proxywasm.LogTrace("a trace line")
		proxywasm.LogDebug("a debug line")
		proxywasm.LogInfo("an info line")
		proxywasm.LogWarn("a warning line")
		proxywasm.LogError("an error line")
		proxywasm.LogCritical("a critical line")
	case "/evil":
		proxywasm.LogInfo(evil)
	case "/echo": // in a configuration with allow_on_headers_stop_iteration
		headers, _ := proxywasm.GetHttpRequestHeaders()
		for _, header := range headers {
			ctx.told += header[0] + "=" + header[1] + "\n"
		}
		return types.ActionPause
	}
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpRequestBody(_ int, end bool) types.Action {
	if ctx.mood != "/echo" {
		return types.ActionContinue
	}
	if end {
		body, _ := proxywasm.GetHttpRequestBody(0, 1<<20)
		proxywasm.SendHttpResponse(200, nil, append([]byte(ctx.told), body...), -1)
	}
	return types.ActionPause
}

func (ctx *httpContext) OnHttpResponseHeaders(int, bool) types.Action {
	switch ctx.mood {
	case "/panic-at-response":
		panic("at the response, on purpose")
	case "/refuse-late":
		proxywasm.SendHttpResponse(451, nil, []byte("not for you\n"), -1)
		return types.ActionPause
	case "/twice":
		proxywasm.AddHttpResponseHeader("x-twice", "one")
		proxywasm.AddHttpResponseHeader("x-twice", "two")
	case "/token":
		proxywasm.ReplaceHttpResponseHeader("x-auth", token)
	case "/plain":
		proxywasm.RemoveHttpResponseHeader("x-envoy-upstream-service-time")
	}
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpResponseBody(int, bool) types.Action {
	if ctx.mood == "/panic-at-body" {
		panic("at the body, on purpose")
	}
	return types.ActionContinue
}
"""


def moody(folder: Path) -> Module:
    """Compile it; the same source is compiled once.

    Args:
        folder: An empty folder to work in.
    """
    return hello_with(folder, _SOURCE, "mood, told string", "moody.wasm")
