"""A filter that loops for ever in the callback that a request's path, or its settings, name."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.folders import repository_folder

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
    copy = folder / "filter"
    shutil.copytree(repository_folder() / "filter", copy)
    (copy / "hello" / "response.go").write_text(_SOURCE, encoding="utf-8")
    contexts = copy / "hello" / "contexts.go"
    field = "\tplugin *pluginContext\n}"
    source = contexts.read_text(encoding="utf-8")
    assert source.count(field) == 1
    contexts.write_text(source.replace(field, f"\tloops bool\n{field}"), encoding="utf-8")
    return compile_filter(copy / "hello", folder / "looping.wasm", reuse=True)
