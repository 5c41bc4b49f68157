"""Envoy's trace of the crossings: read, and counted by thread, on lines recorded from 1.36 to 1.40.

The recordings are of filters that each do one thing. `1.40.0-tinygo-tick.log` is what Envoy 1.40.0
wrote with a filter that TinyGo compiled. Lines that begin with `# ` are the recorder's own remarks.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.crossings import parse_crossing
from lab_helpers.board.events import (
    Crossing,
    Event,
    OddTrace,
    Panicked,
    SeeingChanged,
    Step,
    ThreadsNamed,
    Ticked,
    VmCreated,
    VmFailed,
)
from lab_helpers.board.panics import PanicPieces
from lab_helpers.board.parsing import parse_event, parse_line
from lab_helpers.board.snapshot import Snapshot, Thread

RECORDINGS = Path(__file__).parent / "recordings"
ALL = sorted(file.stem for file in RECORDINGS.glob("*.log"))
ON = SeeingChanged(1.0, on=True, why="asked for")


def lines_of(name: str) -> list[str]:
    text = (RECORDINGS / f"{name}.log").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("# ")]


def names_of(lines: list[str]) -> ThreadsNamed:
    """Name the threads: the first that speaks is main, the others are workers."""
    tids = dict.fromkeys(line.tid for raw in lines if (line := parse_line(raw)))
    main, *workers = tids
    named = [(tid, f"worker_{number}") for number, tid in enumerate(sorted(workers))]
    return ThreadsNamed(0.0, ((main, "main"), *named))


def events_of(name: str) -> list[Event]:
    lines = lines_of(name)
    read = (event for line in lines if (event := parse_event(line)))
    return [ON, names_of(lines), *PanicPieces().joined(read)]


def played(*events: Event) -> Snapshot:
    board = Board()
    for event in events:
        board.apply(event)
    return board.snapshot(2e9)


def crossed(name: str) -> dict[str, dict[str, int]]:
    """Return what crossed, by thread, without the log lines."""
    picture = played(*events_of(name))
    counts = {thread.name: dict(thread.crossed) for thread in picture.threads}
    for count in counts.values():
        count.pop("log lines", None)
    return counts


@pytest.mark.parametrize("name", ALL)
def test_every_line_of_every_recording_is_read_as_it_is_known(name: str) -> None:
    read = [event for event in events_of(name) if isinstance(event, Crossing | OddTrace)]
    traced = [line for line in lines_of(name) if re.search(r"\|trace\|wasm\|\[", line)]
    assert len(read) == len(traced) > 0
    assert not any(isinstance(event, OddTrace) for event in read)
    assert played(*events_of(name)).seeing.whole


VERSIONS = ("1.36.4", "1.37.0", "1.38.2", "1.39.3", "1.40.0")
KINDS = [*(f"{version}-tinygo" for version in VERSIONS), "1.40.0-go"]


@pytest.mark.parametrize("kind", KINDS)
def test_ticks_callouts_and_replies_of_a_filter_that_says_nothing(kind: str) -> None:
    every = {"VM starts": 1, "ticks": 1, "callouts sent": 1, "callouts answered": 1}
    assert crossed(f"{kind}-callout") == {"main": every, "worker_0": every, "worker_1": every}
    picture = played(*events_of(f"{kind}-callout"))
    for thread in picture.threads:
        (tick,) = thread.recent
        assert (tick.vm, tick.n, tick.outcome, tick.status) == ("", 1, "answered", 0)
        assert tick.time <= (tick.sent or 0) <= (tick.ended or 0)
        assert thread.fetches == {"answered": 1}
        assert thread.token is None
    assert picture.tick_ms == 500


@pytest.mark.parametrize("kind", KINDS)
def test_changes_of_headers_and_bodies(kind: str) -> None:
    counts = crossed(f"{kind}-headers")
    asked = [count for count in counts.values() if "requests" in count]
    assert asked == [
        {"VM starts": 1, "requests": 2, "responses": 2, "header changes": 18, "body changes": 1}
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_vm_that_panics_in_its_second_tick(kind: str) -> None:
    picture = played(*events_of(f"{kind}-panic_tick"))
    for thread in picture.threads:
        assert dict(thread.crossed) | {"log lines": 0} == {
            "VM starts": 1,
            "ticks": 2,
            "failures": 1,
            "log lines": 0,
        }
        assert thread.failure.startswith("proxy_on_tick: Uncaught RuntimeError: unreachable")
        assert thread.callback == ""
    panics = [line for line in picture.lines if isinstance(line, Panicked)]
    assert {panic.reason for panic in panics} == {"in OnTick"}
    assert len(panics) == len(picture.threads) == 3


def test_standard_go_tells_the_line_that_panicked() -> None:
    panics = [
        event
        for event in events_of("1.40.0-go-panic_response_headers")
        if isinstance(event, Panicked)
    ]
    assert [panic.reason for panic in panics] == ["in OnHttpResponseHeaders"] * len(panics)
    assert panics
    assert "main.go:325" in panics[0].trace


ONE = {"VM starts": 1}


@pytest.mark.parametrize(
    ("case", "main", "busiest"),
    [
        ("idle", ONE, ONE),
        ("fixed", ONE, ONE | {"requests": 2, "responses": 2, "header changes": 2}),
        ("metrics", None, ONE | {"ticks": 1, "metrics": 3}),
        ("shared", None, ONE | {"ticks": 1, "shared data": 3}),
        ("queue", None, ONE | {"ticks": 1, "queue messages": 4}),
        ("local", ONE, ONE | {"requests": 1, "responses": 1, "local replies": 1}),
        ("tcp", ONE, ONE | {"connections": 1, "body changes": 2}),
        ("callout_unknown", None, ONE | {"ticks": 1, "callouts refused": 1}),
        (
            "mix_callout",
            None,
            ONE | {"ticks": 2, "callouts sent": 4, "callouts refused": 4, "callouts answered": 4},
        ),
        ("grpc", None, ONE | {"ticks": 1, "callouts sent": 1, "callouts answered": 1}),
        (
            "pause",
            ONE,
            ONE
            | {"callouts sent": 1, "callouts answered": 1, "header changes": 1}
            | {"requests": 1, "responses": 1},
        ),
        ("panic_callout", None, None),
        # A service has one VM, on main; the filter beside it has one in each thread.
        ("service", {"VM starts": 2, "ticks": 3}, None),
        # Two plugins, two VMs in each thread: the counts are the thread's.
        ("two_vms", {"VM starts": 2, "ticks": 3}, None),
        # The same code and vm_id: one VM, though Envoy starts two plugins in it and tries twice.
        ("two_plugins_one_vm", ONE | {"ticks": 3}, None),
        ("ecds_reload", {"VM starts": 2, "ticks": 3}, None),
        ("reload", ONE, {"VM starts": 3, "requests": 3, "responses": 3, "failures": 3}),
    ],
)
def test_what_a_filter_does_is_counted_by_thread(
    case: str, main: dict[str, int] | None, busiest: dict[str, int] | None
) -> None:
    counts = crossed(f"1.40.0-tinygo-{case}")
    if main is not None:
        assert counts["main"] == main
    if busiest is not None:
        assert max(counts.values(), key=lambda count: sum(count.values())) == busiest
    assert counts.keys() == {"main", "worker_0", "worker_1"}


COUNTED_BY_HAND = {
    "ticks": r"\[host->vm\] proxy_on_tick\(",
    "callouts answered": r"\[host->vm\] proxy_on_(http_call_response|grpc_receive)\(",
    "responses": r"\[host->vm\] proxy_on_response_headers\(",
    "failures": r"Function: \w+ failed",
}


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("what", COUNTED_BY_HAND)
def test_counts_agree_with_a_plain_count_of_lines(name: str, what: str) -> None:
    picture = played(*events_of(name))
    for thread in picture.threads:
        own = [line for line in lines_of(name) if f"|{thread.tid}|" in line]
        plain = sum(1 for line in own if re.search(COUNTED_BY_HAND[what], line))
        assert thread.crossed.get(what, 0) == plain


def test_the_filters_own_lines_are_not_counted_again() -> None:
    picture = played(*events_of("1.40.0-tinygo-token"))
    for thread in picture.threads:
        last = thread.recent[-1]
        assert last.vm == thread.vm != ""
        assert thread.ticks == thread.crossed["ticks"] == last.n == 5
        assert thread.fetches == {"ok": 5}
        assert thread.crossed["callouts answered"] == thread.crossed["callouts sent"] == 5
        assert [tick.outcome for tick in thread.recent] == ["ok"] * 5
        assert thread.token is not None
        assert picture.count(thread, "ticks").words == "5 (the filter's own log lines)"


def test_crossings_alone_and_log_lines_alone_give_the_same_picture() -> None:
    both = events_of("1.40.0-tinygo-token")
    log_alone = [event for event in both if not isinstance(event, Crossing)]
    for with_both, alone in zip(played(*both).threads, played(*log_alone).threads, strict=True):
        assert (with_both.ticks, with_both.fetches, with_both.token, with_both.vm) == (
            alone.ticks,
            alone.fetches,
            alone.token,
            alone.vm,
        )
        assert [tick.n for tick in with_both.recent] == [tick.n for tick in alone.recent]


def thread_of(*events: Event) -> Thread:
    (thread,) = played(*events).threads
    return thread


def entered(function: str, *arguments: int, at: float = 5.0) -> Crossing:
    return Crossing(at, 7, Step.ENTERED, function, arguments)


def left(function: str, at: float = 5.1) -> Crossing:
    return Crossing(at, 7, Step.LEFT, function)


def test_a_line_that_comes_after_the_trace_was_switched_off_claims_the_tick_all_the_same() -> None:
    off = SeeingChanged(5.05, on=False, why="enough")
    thread = thread_of(ON, entered("proxy_on_tick", 1), off, Ticked(5.06, 7, "a", 1))
    assert thread.ticks == 1
    assert [(tick.vm, tick.n) for tick in thread.recent] == [("a", 1)]
    later = thread_of(
        ON, entered("proxy_on_tick", 1), off, Ticked(5.06, 7, "a", 1), Ticked(6.0, 7, "a", 2)
    )
    assert later.ticks == 2


def test_a_callback_that_does_not_come_back_is_named() -> None:
    thread = thread_of(ON, entered("proxy_on_response_headers", 2, 5, 0))
    assert thread.callback == "proxy_on_response_headers"
    failed = thread_of(
        ON,
        entered("proxy_on_response_headers", 2, 5, 0),
        VmFailed(5.2, 7, "proxy_on_response_headers", "unreachable"),
    )
    assert failed.callback == ""


def test_a_trace_that_begins_in_the_middle_of_a_callback_counts_what_it_sees() -> None:
    call = Crossing(5.0, 7, Step.CALLED, "proxy_increment_metric", (4, 1))
    answer = Crossing(5.0, 7, Step.ANSWERED, "proxy_increment_metric", (), 0)
    stray = Crossing(5.0, 7, Step.ANSWERED, "proxy_log", (), 0)
    thread = thread_of(ON, stray, call, answer, left("proxy_on_tick"), entered("proxy_on_tick", 1))
    assert thread.crossed == {"metrics": 1, "ticks": 1}


def test_a_reply_is_paired_only_where_the_vm_was_traced_from_its_start() -> None:
    board = Board()
    board.apply(SeeingChanged(1.0, on=False, why="not yet"))
    for event in events_of("1.40.0-tinygo-callout")[1:]:
        board.apply(event)
    (thread, *_others) = board.snapshot(9.0).threads
    assert thread.fetches == {"answered": 1}
    assert [tick.outcome for tick in thread.recent] == [""]


@pytest.mark.parametrize(
    "message",
    [
        "[host->wasm] proxy_on_tick(1)",
        "[host->vm] proxy_on_tick",
        "[host->vm] proxy_on_tick(context 1)",
        "[host<-vm] proxy_on_tick returned void",
        "[host<-vm] proxy_on_tick return: nothing",
        "[vm->host]",
    ],
)
def test_a_trace_that_reads_otherwise_is_named_with_its_line(message: str) -> None:
    event = parse_crossing(5.0, 7, message)
    assert event == OddTrace(5.0, 7, message)
    board = Board()
    board.apply(ON)
    board.apply(entered("proxy_on_context_create", 1, 0))
    board.apply(event)
    picture = board.snapshot(6.0)
    (thread,) = picture.threads
    count = picture.count(thread, "ticks")
    assert str(count) == "not seen"
    assert count.words == f"not seen (this Envoy's trace reads otherwise: {message})"


@pytest.mark.parametrize(
    "message", ["Unable to create Wasm", "wasm log f: [x] of the filter's own"]
)
def test_other_words_at_that_level_are_no_crossing(message: str) -> None:
    assert parse_crossing(5.0, 7, message) is None


def test_a_silent_vm_beside_one_that_tells_makes_its_lines_not_all_there_was() -> None:
    own = events_of("1.40.0-tinygo-token")
    (first, *_rest) = played(*own).threads
    silent = VmCreated(own[-1].time, first.tid)
    off = SeeingChanged(own[-1].time, on=False, why="enough")
    picture = played(*own, silent, off)
    assert not picture.count(picture.thread(first.name), "ticks").whole
    assert picture.count(picture.threads[1], "ticks").whole
