"""Requests and responses in the emulator: what waits, what goes on, who answers, what is lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.emulator import Emulation, Reply, Request, Response, emulate

TEXT = {"content-type": "text/plain"}
KEY = {"x-api-key": "k"}
SWAP = {"keys": {"k": "ann"}, "find": "Hello", "replace": "Welcome", "bodies": "both"}
OPEN = SWAP | {"cluster": ""}

HEAD = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

var _ = proxywasm.LogInfo

"""
HOOK = "func (ctx *httpContext) OnHttp{}(size int, endOfStream bool) types.Action {{\n\t{}\n}}\n"


@pytest.fixture(scope="module", params=["source", "wasm"])
def gate(request: pytest.FixtureRequest) -> str | Module:
    """The gate as it is written, and as Envoy gets it."""
    if request.param == "source":
        return "gate"
    return compile_filter(repository_folder() / "filter" / "gate", reuse=True, keep_exports=True)


def hooks(work: Path, **bodies: str) -> str:
    """Make the filter `mine` with these callbacks."""
    start_filter("mine")
    folder = work / "filters" / "mine"
    (folder / "response.go").unlink()
    for name, body in bodies.items():
        (folder / f"{name.lower()}.go").write_text(HEAD + HOOK.format(name, body), "utf-8")
    return "mine"


def words(seen: Emulation, step: int) -> str:
    return "\n".join(seen.steps[step].words)


def test_a_request_is_refused_by_the_filter_itself(gate: str | Module) -> None:
    seen = emulate(gate, Request("/orders/1", route="orders"), "response", settings=SWAP)
    (refused, plain) = seen.passings
    assert (refused.own, refused.waits, refused.headers[":status"]) == (True, False, "403")
    assert refused.body == "This way needs a key: send a good one as x-api-key.\n"
    assert refused.headers["content-length"] == str(len(refused.body))
    # Nothing had reached the upstream, so a response is that to a plain request: refused as well.
    assert (plain.number, plain.own, seen.status, seen.waiting) == (2, True, 403, ())
    assert seen.metrics == {"gate_filter.orders.refused": 1, "gate_filter.no_route_name.refused": 1}
    assert "the filter itself answers request 1" in words(seen, 1)


def test_two_requests_wait_and_each_reply_lets_one_go(gate: str | Module) -> None:
    ask = Request("/a", headers=KEY, route="rest")
    other = Request("/b", headers=KEY, route="orders")
    seen = emulate(gate, ask, other, "response", "reply", Reply(503, token=None), settings=SWAP)
    assert seen.steps[3].note == "request 1 waits: none has reached the upstream"
    assert [passing.waits for passing in seen.passings] == [True, True, False, False]
    assert (seen.passings[2].number, seen.passings[2].headers) == (1, {})
    assert (seen.passings[3].number, seen.passings[3].own) == (2, True)
    assert seen.status == 503
    assert seen.metrics == {"gate_filter.rest.passed": 1, "gate_filter.orders.failed": 1}
    assert "x-gate-name: ann" in words(seen, 4)
    assert "without x-api-key" in words(seen, 4)


def test_bodies_are_rewritten_both_ways(gate: str | Module) -> None:
    bodies = [("Hello you",), ("Hel", "lo you"), ("Hello", " you", "")]
    steps: list[Request | Response | str] = []
    for pieces in bodies:
        request = Request(method="POST", headers=KEY | TEXT, body=pieces)
        steps += [request, "reply", Response(TEXT, body=pieces)]
    seen = emulate(gate, *steps, settings=SWAP)
    for number in (1, 2, 3):
        came, gone, answered = (part for part in seen.passings if part.number == number)
        assert came.request_body == ""  # it waits, and so does its body
        assert gone.request_body == "Welcome you"
        assert answered.body == "Welcome you"
        assert "content-length" not in {**answered.headers, **gone.request}


def test_nobody_gets_what_still_waits() -> None:
    seen = emulate("gate", Request(headers=KEY), settings=SWAP)
    assert seen.waiting == (1,)
    assert seen.table().text.count("request 1 waits for ResumeHttpRequest") == 1
    assert "at the end: ! request 1 still waits" in seen.table().text


def test_three_callouts_have_a_number_each(gate: str | Module) -> None:
    # The SDK's emulator gives the third one the number of the second, which still waits.
    ask = [Request(f"/{number}", headers=KEY, route=f"r{number}") for number in range(3)]
    seen = emulate(gate, *ask[:2], "reply", ask[2], "reply", "reply", settings=SWAP)
    gone = [part.number for part in seen.passings if not part.waits]
    assert gone == [1, 2, 3]
    assert seen.metrics == {f"gate_filter.r{number}.passed": 1 for number in range(3)}


def test_a_property_is_the_requests_own() -> None:
    named, bare = Request(headers=KEY, route="orders"), Request(headers=KEY)
    seen = emulate("gate", named, "response", bare, "response", settings=OPEN)
    assert seen.metrics == {
        "gate_filter.orders.passed": 1,
        "gate_filter.no_route_name.passed": 1,
    }


def test_a_body_that_outgrows_its_length_is_told(work: Path) -> None:
    late = 'proxywasm.RemoveHttpResponseHeader("content-length")'
    swap = 'proxywasm.ReplaceHttpResponseBody([]byte("longer"))'
    name = hooks(work, ResponseBody=f"{late}\n\t{swap}\n\treturn types.ActionContinue")
    seen = emulate(name, Response(body="short"))
    # The headers have gone on when the body comes: what is taken out then stays.
    assert (seen.headers["content-length"], seen.body) == ("5", "longer")
    assert "! content-length says 5, but the body has 6 bytes" in words(seen, 1)


@pytest.mark.parametrize(
    ("hook", "call", "lost"),
    [
        ("ResponseHeaders", "ReplaceHttpRequestHeader", "x-late was set on the request when"),
        ("ResponseBody", "AddHttpResponseHeader", "x-late was set on the response when"),
        ("RequestBody", "ReplaceHttpRequestHeader", "x-late was set on the request when"),
    ],
)
def test_a_header_that_comes_too_late_is_lost(work: Path, hook: str, call: str, lost: str) -> None:
    name = hooks(work, **{hook: f'proxywasm.{call}("x-late", "1")\n\treturn types.ActionContinue'})
    seen = emulate(name, Request(method="POST", body="a"), Response(body="b"))
    assert "x-late" not in {**seen.request, **seen.headers}
    assert lost in seen.table().text


ASK = """ask := [][2]string{{":method", "GET"}, {":path", "/"}, {":authority", "c"}}
	proxywasm.DispatchHttpCall("c", ask, nil, nil, 5, func(int, int, int) {
		proxywasm.ResumeHttpRequest()
	})
	return types.ActionPause"""

SEND = "proxywasm.SendHttpResponse(403, nil, nil, -1)\n\treturn types.ActionPause"


@pytest.mark.parametrize(
    ("first", "read"),
    [
        ("return types.ActionContinue", 'read "", error status returned by host: not found'),
        (ASK, 'read "", error status returned by host: not found'),
        (SEND, 'read "ann", <nil>'),
    ],
    ids=["gone on", "gone on later", "answered by the filter"],
)
def test_a_requests_headers_can_be_read_later_only_where_they_never_went(
    work: Path, first: str, read: str
) -> None:
    get = 'value, err := proxywasm.GetHttpRequestHeader("x-who")\n\t'
    tell = f'{get}proxywasm.LogInfof("read %q, %v", value, err)\n\treturn types.ActionContinue'
    name = hooks(work, ResponseHeaders=tell, RequestHeaders=first)
    ann = Request(headers={"x-who": "ann"})
    assert emulate(name, ann, "reply", "response").log[0] == read


def test_a_body_is_not_there_with_the_headers(work: Path) -> None:
    read = "body, err := proxywasm.GetHttpRequestBody(0, 100)\n\t"
    tell = f'{read}proxywasm.LogInfof("read %q, %v", body, err)\n\treturn types.ActionContinue'
    name = hooks(work, RequestHeaders=tell)
    seen = emulate(name, Request(method="POST", body="text"))
    assert seen.log[0].startswith('read "", error status')


def test_a_response_that_is_held_back_is_told_and_goes_nowhere(work: Path) -> None:
    name = hooks(work, ResponseHeaders="return types.ActionPause")
    seen = emulate(name, Response(body="text"))
    assert (seen.held, seen.body) == (True, "")
    assert "nobody gets this response" in words(seen, 1)


def test_a_filter_answers_while_the_response_passes(work: Path) -> None:
    send = 'proxywasm.SendHttpResponse(502, nil, []byte("mine"), -1)\n\treturn types.ActionPause'
    seen = emulate(hooks(work, ResponseHeaders=send), Response(body="theirs"))
    assert (seen.status, seen.body, seen.answered[-1].own, seen.held) == (502, "mine", True, False)


def test_a_replys_body_and_another_status(work: Path) -> None:
    seen = emulate("token", Response(status=404, body=("a", "b")), "tick", Reply(200, body="x"))
    assert (seen.status, seen.body, seen.steps[1].step) == (404, "ab", "response 404")
    assert seen.headers["x-wasm-filter"] == "hello from wasm"


def test_a_module_that_the_emulator_cannot_run_is_told() -> None:
    filters = repository_folder() / "filter"
    bare = read_module(filters / "hello_c" / "prebuilt" / "hello_c.wasm")
    with pytest.raises(ConfigurationError, match="calls proxy_on_context_create, which"):
        emulate(bare, "response")
    rust = read_module(filters / "hello_rust" / "prebuilt" / "hello_rust.wasm")
    other = dataclasses.replace(rust, exports=(*rust.exports, "proxy_on_memory_allocate"))
    with pytest.raises(ConfigurationError, match=r"cannot run hello_rust\.wasm") as caught:
        emulate(other, "response")
    assert "proxy_grpc" in caught.value.quote
    trimmed = dataclasses.replace(bare, removed=("proxy_on_tick",))
    with pytest.raises(ConfigurationError) as caught:
        emulate(trimmed, "response")
    assert "keep_exports=True" in caught.value.hint
    with pytest.raises(ConfigurationError, match="cannot be laid over a module"):
        emulate(rust, "response", laid_over={"main.go": "package main"})
    with pytest.raises(ConfigurationError, match="is a dynamic module"):
        emulate(dataclasses.replace(rust, library=True), "response")
