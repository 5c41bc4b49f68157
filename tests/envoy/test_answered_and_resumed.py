"""A request that a filter answers and lets go on as well: so the advice and a check warn of it."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from lab_helpers import Envoy, compile_filter
from lab_helpers.lessons.cells.workspace import start_filter

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
