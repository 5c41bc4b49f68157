"""Lesson 06's filter in a real Envoy: it does there what the emulator says that it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.lessons.emulator import Reply, Request, Response, emulate
from lab_helpers.token_api import Fault
from tests.unit.lessons.checks.test_guard import guard, put

Launch = Callable[..., Envoy]

WHO = {"x-who": "ann"}
KEY = {"x-key": "open-sesame"} | WHO
# A request that went on cannot be read any more; one that the filter answered can.
READS = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {
	who, _ := proxywasm.GetHttpRequestHeader("x-who")
	proxywasm.ReplaceHttpResponseHeader("x-read", who)
	return types.ActionContinue
}
"""


@pytest.fixture
def trap(launch: Launch, work: Path) -> Envoy:
    """The filter with all but the last two exercises done, which goes on after its own answer."""
    folder = guard(work, "06-resume")
    put(folder, "body.go")
    (folder / "response.go").write_text(READS, "utf-8")
    refuse = folder / "refuse.go"
    refuse.write_text(refuse.read_text("utf-8").replace("ActionPause", "ActionContinue"), "utf-8")
    return launch(compile_filter("guard", reuse=True), configuration="gate.yaml")


def test_envoy_and_the_emulator_say_the_same(trap: Envoy) -> None:
    plain = trap.ask("worker_0", headers=WHO)
    passed = trap.ask("worker_0", headers=KEY)
    trap.token_api.fault = Fault.ERROR
    failed = trap.ask("worker_0", headers=KEY)

    text = "Hello from the upstream. You asked for /\n"
    good = Request(headers=KEY, route="rest")
    steps = (
        Request(headers=WHO, route="rest"),
        good,
        "reply",
        Response(body=text),
        good,
        Reply(500, token=None),
    )
    seen = emulate("guard", *steps)
    mine = [(int(each.headers[":status"]), each.headers["x-read"]) for each in seen.answered]
    theirs = [(each.status, each.headers["x-read"]) for each in (plain, passed, failed)]
    assert mine == theirs == [(403, "ann"), (200, ""), (503, "ann")]
    assert [plain.text, failed.text] == [seen.answered[0].body, seen.answered[2].body]
    # The length of the old body cuts the new one off.
    kept = len(text)
    assert seen.answered[1].body == text.replace("Hello", "Welcome")
    assert int(seen.answered[1].headers["content-length"]) == kept
    assert passed.text == seen.answered[1].body[:kept]
    counted = trap.stats("guard")
    assert {f"wasmcustom.{name}": value for name, value in seen.metrics.items()} == counted
