"""What the log tells of a VM that failed, on recorded lines and on made-up ones."""

from __future__ import annotations

import pytest

from lab_helpers.board.backtraces import failures, go_places
from lab_helpers.board.events import Panicked, VmFailed
from tests.unit.board.test_crossings import ALL, events_of

STACK = (
    "Uncaught RuntimeError: unreachable\nProxy-Wasm plugin in-VM backtrace:\n"
    "  0:  0x5353 - runtime._panic\n  1:  0x740a - proxyOnTick#wasmexport"
)


@pytest.mark.parametrize("name", [name for name in ALL if "-panic_" in name])
def test_each_recorded_failure_has_its_words_its_callback_and_its_stack(name: str) -> None:
    found = failures(events_of(name))
    assert found
    for failure in found:
        assert failure.words.startswith("panic: ")
        assert failure.callback in (
            *("OnTick", "OnHttpRequestBody", "OnHttpStreamDone", "OnHttpResponseHeaders"),
            "DispatchHttpCall's callback",
        )
        assert failure.offsets
        assert bool(failure.trace) == ("-go-" in name)
        assert bool(go_places(failure.trace)) == ("-go-" in name)
    assert len({failure.tid for failure in found}) == len(found)


def test_a_report_that_comes_again_is_one_failure_and_a_new_vms_is_another() -> None:
    again = "Uncaught RuntimeError: unreachable"
    found = failures(
        [
            Panicked(1.0, 7, "first "),
            VmFailed(1.1, 7, "proxy_on_tick", STACK),
            VmFailed(1.2, 7, "proxy_on_done", again),
            Panicked(2.0, 7, "second"),
            VmFailed(2.1, 7, "proxy_on_tick", STACK),
            VmFailed(2.2, 8, "proxy_on_log", again),
        ]
    )
    assert [(each.tid, each.function, each.words) for each in found] == [
        (7, "proxy_on_tick", "panic: first"),
        (7, "proxy_on_tick", "panic: second"),
        (8, "proxy_on_log", "Uncaught RuntimeError: unreachable"),
    ]
    assert found[0].offsets == (0x5353, 0x740A)


def test_a_goroutines_trace_gives_its_files_and_lines() -> None:
    trace = (
        "goroutine 1 [running]:main.deeper({0x0, 0x0})\t/home/ada/my filter/response.go:29 +0x4\n"
        "github.com/x/y.proxyOnTick(0x2)\t/go/pkg/y.go:73 +0xf"
    )
    assert go_places(trace) == [("/home/ada/my filter/response.go", 29), ("/go/pkg/y.go", 73)]
