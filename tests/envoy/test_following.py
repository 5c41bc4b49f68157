"""Following a request through a real Envoy: what crossed, in order, and the trace as it was."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import wasmtime

from lab_helpers.board.journey import Ending, Kind
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Outcome
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.journey import Journey
from lab_helpers.errors import TrafficError
from lab_helpers.folders import repository_folder
from lab_helpers.token_api import Fault
from tests.failing import failing
from tests.unit.envoy.documents import MANAGER, ROUTER, WASM

Launch = Callable[..., Envoy]
# What C without an SDK exports; `proxy_replace_header_map_value(2, "x-c", 3, "yes", 3)`.
THREE_EXPORTS = """(module
  (import "env" "proxy_replace_header_map_value"
    (func $replace (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 1024) "x-cyes")
  (func (export "proxy_abi_version_0_2_0"))
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
  (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
    (drop (call $replace (i32.const 2) (i32.const 1024) (i32.const 3)
                         (i32.const 1027) (i32.const 3)))
    (i32.const 0)))"""


@pytest.fixture(scope="module")
def hello() -> Module:
    # With the SDK's idle exports: the more is there to follow.
    return compile_filter(repository_folder() / "filter" / "hello", reuse=True, keep_exports=True)


@pytest.fixture(scope="module")
def failing_module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    folder = failing(tmp_path_factory.mktemp("failing"))
    return compile_filter(folder, folder.parents[1] / "failing.wasm", reuse=True)


@pytest.fixture(scope="module")
def plain(hello: Module) -> Iterator[Envoy]:
    with Envoy(hello, workers=2, see="log") as running:
        yield running


def names(journey: Journey) -> list[str]:
    return [row.name.strip() for row in journey.table.rows]


def test_a_request_is_followed_from_its_context_to_that_contexts_end(plain: Envoy) -> None:
    journey = plain.follow("worker_1")
    assert names(journey) == [
        "▶ NewHttpContext",
        "▶ OnHttpRequestHeaders",
        "▶ OnHttpResponseHeaders",
        "◀ ReplaceHttpResponseHeader",
        "▶ OnHttpResponseBody",
        "▶ OnHttpResponseBody",
        "▶ OnHttpStreamDone",
        "▶ proxy_on_done",
        "▶ proxy_on_delete",
    ]
    assert journey.trip.ending is Ending.DELETED
    assert journey.trip.doubts == ()
    assert journey.answer is not None
    assert journey.answer.worker == "worker_1"
    assert (journey.answer.status, journey.answer.outcome) == (200, Outcome.ANSWERED)
    assert "8 entries, 1 did something" in journey.summary
    # Within the time that the client saw, but for the stream's end, which comes after.
    times = [entry.begin_us for entry in journey.entries]
    assert times == sorted(times)
    assert 0 < times[0] < journey.answer.seconds * 1e6
    # The header's name is a constant of the module's file; its value is told by its length.
    assert '"x-wasm-filter", 15 bytes' in journey.words
    assert "hello from wasm" not in journey.words


def test_without_the_idle_exports_an_entry_is_what_a_filter_needs(launch: Launch) -> None:
    envoy = launch(compile_filter(repository_folder() / "filter" / "hello", reuse=True))
    journey = envoy.follow("worker_1", method="POST", body="hi")
    assert names(journey) == [
        "▶ NewHttpContext",
        "▶ OnHttpResponseHeaders",
        "◀ ReplaceHttpResponseHeader",
        "▶ proxy_on_delete",
    ]
    assert journey.trip.ending is Ending.DELETED
    assert "3 entries, 1 did something" in journey.summary


def test_a_filter_keeps_its_name_whichever_compiler_made_it(launch: Launch) -> None:
    """While one is watched, standard Go's module may run first: it is the same filter."""
    folder = repository_folder() / "filter" / "hello"
    envoy = launch(compile_filter(folder, compiler="go", reuse=True, keep_exports=True), workers=1)
    assert envoy.follow().frame.module == "hello"


def test_the_trace_is_as_it_was_before_and_after(plain: Envoy) -> None:
    before = plain.snapshot()
    assert not before.seeing.on
    for _ in range(3):
        plain.follow()
        assert not plain.snapshot().seeing.on
    crossed = {thread.name: sum(thread.crossed.values()) for thread in plain.snapshot().threads}
    plain.ask_every_worker()
    # Nothing more crossed that was seen: Envoy is told to be quiet, not only the board.
    again = plain.follow("worker_1")
    assert again.trip.ending is Ending.DELETED
    after = {thread.name: sum(thread.crossed.values()) for thread in plain.snapshot().threads}
    assert after["worker_0"] == crossed["worker_0"]
    assert plain.log  # what a person reads of the log has no line of the trace
    assert not any("[host->vm]" in line for line in plain.log)


def test_a_request_with_a_body_has_its_body_in_it(plain: Envoy) -> None:
    journey = plain.follow(
        "worker_0", "/x?y=1", method="POST", headers={"x-user": "ada"}, body="hi"
    )
    assert names(journey).count("▶ OnHttpRequestBody") == 2
    rows = [row.details for row in journey.table.rows if row.name.endswith("OnHttpRequestBody")]
    assert rows == ["2 bytes", "0 bytes, the end"]
    assert journey.frame.request == "POST /x?y=1"
    assert "ada" not in journey.words


def test_it_is_shown_as_a_page_a_picture_and_words(plain: Envoy) -> None:
    bundle, metadata = plain.follow()._repr_mimebundle_()
    assert "<svg" in bundle["text/html"]
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle["text/plain"] == metadata["image/png"]["alt"]
    assert "OnHttpResponseHeaders" in bundle["text/plain"]


def test_the_requests_own_thread_is_told_from_others(launch: Launch, hello: Module) -> None:
    envoy = launch(hello, workers=2, see="crossings")
    stop = threading.Event()

    def others() -> None:
        while not stop.is_set():
            envoy.ask("worker_0")

    asking = threading.Thread(target=others)
    asking.start()
    try:
        for _ in range(20):
            journey = envoy.follow("worker_1")
            assert journey.trip.ending is Ending.DELETED
            assert journey.trip.doubts == ()
            assert len(journey.trip.own) == 8
    finally:
        stop.set()
        asking.join()


def test_a_computed_name_is_told_by_its_length(launch: Launch, failing_module: Module) -> None:
    envoy = launch(failing_module, workers=1, settings={"panics": "nowhere"})
    said = envoy.follow().words
    assert re.search(r"ReplaceHttpResponseHeader a name of 12 bytes, \d+ bytes → ok", said)
    assert 'ReplaceHttpResponseHeader "x-wasm-filter", 5 bytes → ok' in said


@pytest.mark.parametrize(
    ("place", "status", "callback"),
    [
        ("request", 503, "OnHttpRequestHeaders"),
        ("response body", 200, "OnHttpResponseBody"),
        ("done", 200, "OnHttpStreamDone"),
    ],
)
def test_a_failure_is_the_last_crossing_whatever_the_status(
    launch: Launch, failing_module: Module, place: str, status: int, callback: str
) -> None:
    envoy = launch(failing_module, workers=1, settings={"panics": place})
    journey = envoy.follow()
    assert journey.answer is not None
    assert journey.answer.status == status
    assert journey.trip.ending is Ending.FAILED
    assert journey.failure.startswith("panic: ")
    last = [row for row in journey.table.rows if row.name.startswith("▶")][-1]
    assert last.name == f"▶ {callback}"
    assert "on purpose" in last.outcome
    # The next request meets a VM that runs no more code.
    after = envoy.follow()
    assert after.entries == ()
    assert "this worker's VM had failed before" in after.words


def test_a_request_that_the_filter_answers_itself(launch: Launch, failing_module: Module) -> None:
    journey = launch(failing_module, workers=1, settings={"do": "refuse"}).follow()
    assert journey.answer is not None
    assert (journey.answer.status, journey.answer.outcome) == (403, Outcome.REFUSED)
    held = next(row for row in journey.table.rows if row.name == "▶ OnHttpRequestHeaders")
    assert held.outcome == "pause"
    sent = next(row for row in journey.table.rows if row.name.endswith("SendHttpResponse"))
    assert sent.details == "403, 3 bytes of body"


def test_a_tick_that_comes_in_between_is_shown_as_one(
    launch: Launch, failing_module: Module
) -> None:
    envoy = launch(failing_module, workers=1, settings={"do": "ticks"})
    envoy.token_api.fault = Fault.HANG  # of what is asked for a token
    with ThreadPoolExecutor(1) as others:
        following = others.submit(envoy.follow, "worker_0", "/auth")
        before = envoy.snapshot().thread("worker_0").ticks
        envoy.wait_until(lambda now: now.thread("worker_0").ticks > before + 1, "two ticks")
        envoy.token_api.fault = Fault.NONE
        journey = following.result()
    ticks = [entry for entry in journey.entries if journey.trip.kind(entry) is Kind.TICK]
    assert ticks
    assert not any(journey.trip.concerns_request(tick) for tick in ticks)
    sent = next(row for row in journey.table.rows if row.name.endswith("DispatchHttpCall"))
    assert sent.details.startswith('"my_custom_svc", ')
    assert journey.trip.ending is Ending.DELETED
    assert "a tick, not of this request" in journey.words


def test_a_module_with_three_exports_has_no_last_line(launch: Launch, tmp_path: Path) -> None:
    file = tmp_path / "three.wasm"
    file.write_bytes(wasmtime.wat2wasm(THREE_EXPORTS))
    journey = launch(read_module(file), workers=1).follow()
    assert journey.answer is not None
    assert journey.answer.headers["x-c"] == "yes"
    assert names(journey) == ["▶ OnHttpResponseHeaders", "◀ ReplaceHttpResponseHeader"]
    assert journey.trip.ending is Ending.NOT_SEEN
    assert 'ReplaceHttpResponseHeader "x-c", 3 bytes' in journey.words
    assert "How it ended is not seen" in journey.words


def test_without_wasm_nothing_crosses_and_that_is_said(launch: Launch) -> None:
    journey = launch(
        None, workers=1, configuration=repository_folder() / "envoy" / "bare.yaml"
    ).follow()
    assert journey.entries == ()
    assert journey.answer is not None
    assert "this configuration runs no Wasm" in journey.words


def test_what_cannot_be_asked_is_refused(plain: Envoy) -> None:
    with pytest.raises(TrafficError, match="no path"):
        plain.follow("worker_0", "nowhere")
    with pytest.raises(TrafficError, match="There is no worker_7"):
        plain.follow("worker_7")
    assert not plain.snapshot().seeing.on


@pytest.mark.parametrize(("vm_ids", "said"), [(("a", "a"), "in one VM"), (("a", "b"), "in 2 VMs")])
def test_two_plugins_are_told_apart_by_their_vms_however_they_are_spelled(
    hello: Module, vm_ids: tuple[str, str], said: str
) -> None:
    """Of the listener that is asked alone, in a TypedStruct, and with protobuf's own names."""

    def wrapped(name: str, vm_id: str) -> str:
        code = "{local: {filename: x.wasm}}"
        vm = f"{{vmId: {vm_id}, runtime: envoy.wasm.runtime.v8, code: {code}}}"
        return (
            '{name: w, typedConfig: {"@type": type.googleapis.com/udpa.type.v1.TypedStruct,'
            f" type_url: {WASM}, value: {{config: {{name: {name}, vm_config: {vm}}}}}}}}}"
        )

    def listener(filters: str) -> str:
        return (
            "{address: {socketAddress: {address: 127.0.0.1, portValue: 0}}, filterChains:"
            f' {{filters: {{name: h, typedConfig: {{"@type": {MANAGER}, statPrefix: x,'
            f" httpFilters: [{filters}, {{name: r, typedConfig: {{'@type': {ROUTER}}}}}],"
            " routeConfig: {virtualHosts: {name: a, domains: '*', routes: {match: {prefix: /},"
            " directResponse: {status: 200}}}}}}}}"
        )

    filters = ", ".join(map(wrapped, ("first", "second"), vm_ids))
    other = listener(wrapped("third", "c"))
    text = f"staticResources: {{listeners: [{listener(filters)}, {other}]}}"
    configuration = Configuration.parse(text, "theirs.yaml")
    modules = dict.fromkeys(("first", "second", "third"), hello)
    with Envoy(modules, workers=1, configuration=configuration) as envoy:
        journey = envoy.follow("worker_0")
    assert f"A request passes 2 plugins {said}" in journey.words
