"""A filter that panics where its settings say, and otherwise does a little of everything."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab_helpers.folders import repository_folder

__all__ = ["PLACES", "failing", "line_of"]

PLACES = ("request", "request body", "response", "response body", "done", "tick", "reply")
"""Where it can be told to panic, by `{"panics": …}`."""

_SOURCE = r"""package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

var (
	settings string
	auth     = [][2]string{{":method", "GET"}, {":path", "/auth"}, {":authority", "jwt"}}
)

func asked(place string) bool { return strings.Contains(settings, `"`+place+`"`) }

func (plugin *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	raw, _ := proxywasm.GetPluginConfiguration()
	settings = string(raw)
	if asked("ticks") || asked("tick") || asked("reply") {
		proxywasm.SetTickPeriodMilliSeconds(200)
	} else if asked("seldom") {
		proxywasm.SetTickPeriodMilliSeconds(60_000)
	}
	return types.OnPluginStartStatusOK
}

func (plugin *pluginContext) OnTick() {
	plugin.ticks++
	if asked("tick") {
		list := []int{1}
		proxywasm.LogInfo(strings.Repeat("x", list[plugin.ticks])) // the line: tick
	}
	proxywasm.DispatchHttpCall("my_custom_svc", auth, nil, nil, 5000, func(int, int, int) {
		if asked("reply") {
			panic("in the reply, on purpose") // the line: reply
		}
	})
}

func (ctx *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	if asked("request") {
		panic("at the request, on purpose") // the line: request
	}
	if asked("refuse") {
		proxywasm.SendHttpResponse(403, nil, []byte("no\n"), -1)
		return types.ActionPause
	}
	if asked("hold") {
		return types.ActionPause
	}
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpRequestBody(size int, _ bool) types.Action {
	if size > 0 && asked("request body") {
		panic("at the request's body, on purpose") // the line: request body
	}
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpResponseHeaders(int, bool) types.Action {
	if asked("response") {
		panic("at the response, on purpose") // the line: response
	}
	proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "hello")
	proxywasm.ReplaceHttpResponseHeader("x-computed-"+settings[:1], settings)
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpResponseBody(int, bool) types.Action {
	if asked("response body") {
		panic("at the response's body, on purpose") // the line: response body
	}
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpStreamDone() {
	if asked("done") {
		panic("when all is done, on purpose") // the line: done
	}
}
"""


def failing(folder: Path) -> Path:
    """Write its source, and return the folder to compile.

    Args:
        folder: An empty folder to work in.
    """
    copy = folder / "filter"
    shutil.copytree(repository_folder() / "filter", copy)
    (copy / "hello" / "response.go").write_text(_SOURCE, encoding="utf-8")
    return copy / "hello"


def line_of(place: str) -> str:
    """Return the line where it panics, as the lab names it.

    Args:
        place: One of `PLACES`.
    """
    lines = _SOURCE.splitlines()
    mark = f"// the line: {place}"
    return f"response.go:{next(n for n, text in enumerate(lines, 1) if text.endswith(mark))}"
