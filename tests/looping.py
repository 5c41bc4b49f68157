"""A filter that loops for ever in the callback that a request's path, or its settings, name."""

from __future__ import annotations

from pathlib import Path

from lab_helpers.compiling.modules import Module
from tests.edited_filters import hello_with

__all__ = ["looping"]

_SOURCE = r"""package main

import (
	"strings"

	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
	"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"
)

var (
	settings string
	turns    uint64
	auth     = [][2]string{{":method", "GET"}, {":path", "/auth"}, {":authority", "jwt"}}
)

func loop() {
	for {
		turns++
	}
}

func asked(place string) bool { return strings.Contains(settings, `"`+place+`"`) }

func (plugin *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {
	raw, _ := proxywasm.GetPluginConfiguration()
	settings = string(raw)
	if asked("start") {
		loop()
	}
	if asked("tick") {
		proxywasm.SetTickPeriodMilliSeconds(200)
	}
	return types.OnPluginStartStatusOK
}

func (plugin *pluginContext) OnTick() { loop() }

func (ctx *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	path, _ := proxywasm.GetHttpRequestHeader(":path")
	switch path {
	case "/loop":
		loop()
	case "/loop-at-response":
		ctx.loops = true
	case "/loop-at-tick":
		proxywasm.SetTickPeriodMilliSeconds(1)
	case "/loop-at-reply":
		reply := func(int, int, int) { loop() }
		proxywasm.DispatchHttpCall("my_custom_svc", auth, nil, nil, 5000, reply)
	case "/loop-and-log":
		for {
			proxywasm.LogInfo("again")
		}
	case "/hold":
		return types.ActionPause
	}
	return types.ActionContinue
}

func (ctx *httpContext) OnHttpResponseHeaders(int, bool) types.Action {
	if ctx.loops {
		loop()
	}
	return types.ActionContinue
}
"""


def looping(folder: Path) -> Module:
    """Compile it; the same source is compiled once.

    Args:
        folder: An empty folder to work in.
    """
    return hello_with(folder, _SOURCE, "loops bool", "looping.wasm")
