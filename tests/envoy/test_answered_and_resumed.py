"""What of answers and of pauses goes wrong in Envoy alone: so the advice and checks warn of it."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest

from lab_helpers import Envoy, compile_filter
from lab_helpers.errors import LaunchError
from lab_helpers.go_helper import read_advice
from lab_helpers.lessons.cells.workspace import start_filter
from tests.edited_filters import hello_with

REQUESTS = 6
SENT = "cluster.my_custom_svc.upstream_rq_total"
GUARD = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	ask := [][2]string{{":method", "GET"}, {":path", "/auth"}, {":authority", "my_custom_svc"}}
	_, err := proxywasm.DispatchHttpCall("my_custom_svc", ask, nil, nil, 5000, ctx.onReply)
	if err != nil {
		return types.ActionContinue
	}
	return types.ActionPause
}

func (ctx *httpContext) onReply(int, int, int) {
	proxywasm.SendHttpResponse(403, nil, []byte("no"), -1)
	proxywasm.ResumeHttpRequest()
}
"""


def test_the_client_reads_the_answer_and_the_upstream_gets_the_request_all_the_same(
    work: Path,
) -> None:
    """Envoy sends some of them on, and cancels them; with `ResumeHttpRequest` left out, none."""
    start_filter("guard")
    file = work / "filters" / "guard" / "request.go"
    leaked = {}
    for source in (GUARD, GUARD.replace("\tproxywasm.ResumeHttpRequest()\n", "")):
        file.write_text(source, encoding="utf-8")
        with Envoy(compile_filter("guard"), configuration="gate.yaml", workers=1) as envoy:
            before = envoy.stats()[SENT]
            for _ in range(REQUESTS):
                assert envoy.ask("worker_0").status == HTTPStatus.FORBIDDEN
            # Each asked the service once, which is behind the same cluster.
            leaked[source] = envoy.stats()[SENT] - before - REQUESTS
    resumed, refused = leaked.values()
    assert resumed > 0
    assert refused == 0


RESUMES = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpRequestHeaders(int, bool) types.Action {
	path, _ := proxywasm.GetHttpRequestHeader(":path")
	if ctx.held = path == "/held"; ctx.held {
		return types.ActionContinue
	}
	ask := [][2]string{{":method", "GET"}, {":path", "/auth"}, {":authority", "my_custom_svc"}}
	reply := func(int, int, int) { proxywasm.ResumeHttpResponse() }
	proxywasm.DispatchHttpCall("my_custom_svc", ask, nil, nil, 5000, reply)
	return types.ActionPause
}

func (ctx *httpContext) OnHttpResponseBody(_ int, endOfStream bool) types.Action {
	if ctx.held && !endOfStream {
		return types.ActionPause
	} else if ctx.held {
		proxywasm.ResumeHttpResponse()
	}
	return types.ActionContinue
}
"""


@pytest.mark.parametrize("path", ["/asked", "/held"])
def test_the_responses_call_ends_the_whole_envoy_where_it_has_no_place(
    tmp_path: Path, path: str
) -> None:
    """What the lab warns of, and the checks of lesson 06 refuse: `ResumeHttpResponse`."""
    module = hello_with(tmp_path, RESUMES, "held bool", "resumes.wasm")
    kinds = [one.kind for one in read_advice(tmp_path / "filter" / "hello")]
    assert kinds.count("resume") == 2  # in both places
    with Envoy(module, workers=1) as envoy:
        with pytest.raises(LaunchError, match="SIGSEGV"):
            ask_often(envoy, path)
        assert not envoy.running


def ask_often(envoy: Envoy, path: str) -> None:
    """Ask until Envoy ends: an answer in one piece is not held, and one of many comes in two."""
    for _ in range(500):
        envoy.ask("worker_0", path)
