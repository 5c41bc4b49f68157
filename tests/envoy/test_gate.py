"""The gate: a key or a 403, a pause until a service has answered, and a body that is put right."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.folders import repository_folder
from lab_helpers.token_api import Fault
from tests.conftest import TellFault
from tests.trailing import ask_with_trailers, trailing_configuration, trailing_upstream

# An upstream that sends back what it got, and says which length that was said to have.
ECHO = """
                  - name: envoy.filters.http.lua
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua
                      default_source_code:
                        inline_string: |
                          function envoy_on_request(handle)
                            local said = handle:headers():get("content-length") or "none"
                            local body = handle:body(true)
                            local got = body and body:getBytes(0, body:length()) or ""
                            local head = {[":status"] = "200", ["content-type"] = "image/png"}
                            head["x-said"] = said
                            handle:respond(head, got)
                          end
"""
Launch = Callable[..., Envoy]
GATE = "gate.yaml"
KEY = {"x-api-key": "open-sesame"}
GREETING = "Hello from behind the gate. You asked for "
UNASKED = "The service that decides does not answer. Try again later.\n"


@pytest.fixture(scope="session")
def gate() -> Module:
    return compile_filter(repository_folder() / "filter" / "gate", reuse=True)


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_a_good_key_opens_and_each_route_is_counted(
    launch: Launch, gate: Module, workers: int
) -> None:
    envoy = launch(gate, configuration=GATE, workers=workers)
    for path in ("/", "/orders/1"):
        for answer in envoy.ask_every_worker(path, headers=KEY):
            assert (answer.status, answer.text) == (200, f"{GREETING}{path}\n")
            assert "content-length" not in answer.headers
    several = [("x-api-key", "open-sesame"), ("x-api-key", "open-sesame")]
    for headers in ({}, {"x-api-key": "open"}, several):
        refused = envoy.ask("worker_0", headers=headers)
        assert refused.status == 403
        assert refused.text == "This way needs a key: send a good one as x-api-key.\n"
    head = envoy.ask("worker_0", method="HEAD", headers=KEY)
    assert (head.status, head.text, "content-length" in head.headers) == (200, "", False)
    counted = envoy.stats("wasmcustom.gate_filter")
    assert counted == {
        "wasmcustom.gate_filter.orders.passed": workers,
        "wasmcustom.gate_filter.rest.passed": workers + 1,
        "wasmcustom.gate_filter.rest.refused": 3,
    }


@pytest.mark.fault("The service that the gate asks is gone, late, or fails")
def test_no_request_waits_for_ever(launch: Launch, gate: Module, fault: TellFault) -> None:
    settings = {"keys": {"open-sesame": "ali"}, "timeout_ms": 200}
    envoy = launch(gate, configuration=GATE, settings=settings)
    for way in (Fault.REFUSE, Fault.HANG, Fault.ERROR):
        envoy.token_api.fault = way
        answer = envoy.ask("worker_0", headers=KEY, method="POST", body="x" * 1000)
        assert (answer.status, answer.text) == (503, UNASKED)
    envoy.token_api.fault = Fault.NONE
    assert envoy.ask("worker_0", headers=KEY).status == 200
    assert envoy.stats("gate_filter.*failed") == {"wasmcustom.gate_filter.rest.failed": 3}
    fault(answer.text.strip(), kept="the next request passes, once the service answers")


def test_the_journey_shows_the_pause_the_callout_and_the_resume(
    launch: Launch, gate: Module
) -> None:
    envoy = launch(gate, configuration=GATE)
    words = envoy.follow(headers=KEY, method="POST", body="a" * 50).words
    steps = (
        "OnHttpRequestHeaders",
        "→ pause",
        "DispatchHttpCall's callback",
        "ResumeHttpRequest → ok",
    )
    places = [words.index(step) for step in steps]
    assert places == sorted(places)
    assert "open-sesame" not in words


@pytest.mark.parametrize(("pieces", "text"), [(1, "an old hat"), (10_000, "an old hat, "), (0, "")])
def test_a_requests_body_is_rewritten_whole(
    launch: Launch, gate: Module, pieces: int, text: str
) -> None:
    file = (repository_folder() / "envoy" / GATE).read_text(encoding="utf-8")
    before, router = "                  # The router sends", ECHO.lstrip("\n")
    settings = {
        "keys": {"open-sesame": "ali"},
        "bodies": "request",
        "find": "old",
        "replace": "newer",
    }
    configuration = Configuration.parse(file.replace(before, router + before))
    envoy = launch(gate, configuration=configuration, settings=settings)
    for kind, becomes, length in (
        ({"content-type": "text/plain"}, text.replace("old", "newer"), "none"),
        ({"content-type": "text/plain", "content-encoding": "br"}, text, str(len(text) * pieces)),
    ):
        answer = envoy.ask("worker_0", method="POST", headers=KEY | kind, body=text * pieces)
        assert answer.status == 200
        assert answer.text == becomes * pieces
        assert answer.headers["x-said"] == (length if pieces else "0")


def test_a_body_that_trailers_follow_is_rewritten_both_ways(launch: Launch, gate: Module) -> None:
    settings = {
        "keys": {"open-sesame": "ali"},
        "cluster": "",
        "bodies": "both",
        "find": "body",
        "replace": "another text",
    }
    code = {"local": {"filename": "optimized.wasm"}}
    plugin = {"name": "gate", "vm_config": {"runtime": "envoy.wasm.runtime.v8", "code": code}}
    place = {"@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"}
    filters = [{"name": "gate", "typed_config": place | {"config": plugin}}]
    with trailing_upstream() as upstream:
        told = json.dumps(trailing_configuration(upstream, filters))
        envoy = launch(gate, configuration=Configuration.parse(told), settings=settings)
        asked = KEY | {"content-type": "text/plain"}
        answer = ask_with_trailers(httpx.URL(envoy.url).port or 0, asked)
    assert answer.startswith("HTTP/1.1 200")
    # The upstream says how long a body it got, and answers "body".
    assert f"x-got: {len('another text')}" in answer
    assert "another text" in answer.partition("\r\n\r\n")[2]
    assert "x-trailer: a" in answer
