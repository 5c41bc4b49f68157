"""A Wasm Service that fetches for all: who has a timer, who reads, and what is not known."""

from __future__ import annotations

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    Event,
    FetchEnded,
    ThreadsNamed,
    Ticked,
    TokenRead,
    VmFailed,
    VmStarted,
)
from lab_helpers.board.parsing import LOG_FORMAT, parse_event
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import tell_silence, tell_token
from lab_helpers.figures.words import describe_lanes, describe_threads

MAIN, ONE, TWO = 100, 101, 102
PLACE = "service_vm/lab.service.token"
STARTED: tuple[Event, ...] = (
    ThreadsNamed(0.0, ((MAIN, "main"), (ONE, "worker_0"), (TWO, "worker_1"))),
    VmStarted(0.1, MAIN, "aaaaaa", 300, shares=PLACE),
    VmStarted(0.1, MAIN, "aaaaaa", 0, reads=PLACE),
    VmStarted(0.2, ONE, "bbbbbb", 0, reads=PLACE),
    VmStarted(0.3, TWO, "cccccc", 0, reads=PLACE),
)
FETCHED: tuple[Event, ...] = (
    Ticked(1.0, MAIN, "aaaaaa", 1),
    FetchEnded(1.1, MAIN, "aaaaaa", 1, "ok", 200, "0a0a0a0a"),
)
READ = TokenRead(1.2, ONE, "bbbbbb", "ok", "0a0a0a0a", "aaaaaa.service")


def picture(*events: Event) -> Snapshot:
    board = Board()
    for event in (*STARTED, *events):
        board.apply(event)
    return board.snapshot(2.0)


def line(text: str) -> str:
    assert LOG_FORMAT.count("|") == 4
    return f"2026-11-27T12:00:00.000000+00:00|7|info|wasm|wasm log r v: {text}"


def test_what_the_two_parts_log_is_read() -> None:
    began = parse_event(line(f"event=start vm=aaaaaa tick_ms=300 cluster=c path=/ shares={PLACE}"))
    assert isinstance(began, VmStarted)
    assert (began.tick_ms, began.shares, began.reads) == (300, PLACE, "")
    reader = parse_event(line(f"event=start vm=bbbbbb tick_ms=0 reads={PLACE}"))
    assert isinstance(reader, VmStarted)
    assert (reader.tick_ms, reader.shares, reader.reads) == (0, "", PLACE)
    read = parse_event(line("event=read vm=b outcome=ok token=0a0a0a0a by=a.service age_ms=3"))
    assert isinstance(read, TokenRead)
    assert (read.outcome, read.token, read.by) == ("ok", "0a0a0a0a", "a.service")
    missing = parse_event(line(f"event=read vm=b outcome=missing place={PLACE}"))
    assert isinstance(missing, TokenRead)
    assert (missing.outcome, missing.token, missing.by) == ("missing", "", "")


def test_the_period_is_the_services_and_readers_have_no_timer() -> None:
    now = picture(*FETCHED)
    assert now.tick_ms == 300
    assert [tell_silence(now, thread).text for thread in now.threads] == ["no timer"] * 2 + [""]
    assert [str(now.count(thread, "ticks")) for thread in now.threads] == ["none", "none", "1"]
    assert now.thread("main").told_timer_ms == 300


def test_before_its_first_tick_only_the_service_is_waited_for() -> None:
    now = picture()
    told = [tell_silence(now, thread).text for thread in now.threads]
    assert told == ["no timer", "no timer", "no tick yet"]
    assert "Nothing has ticked yet." in describe_lanes(now)


def test_a_token_that_was_read_names_who_put_it_there() -> None:
    now = picture(*FETCHED, READ)
    told = tell_token(now, now.thread("worker_0"))
    assert told.text == "0a0a0a0a"
    assert told.why.endswith(
        "its last look into the shared data found, where aaaaaa.service put it"
    )
    assert tell_token(now, now.thread("main")).why == "the filter's own log lines"
    assert "1 have ticked, 1 times in all" in describe_threads(now)
    assert describe_threads(now).endswith(
        "1 of 1 fetch brought a token; 1 hold one now, and 2 read the shared one."
    )


def test_one_that_has_not_read_yet_is_no_one_without_a_token() -> None:
    now = picture(*FETCHED, READ)
    other = now.thread("worker_1")
    assert tell_token(now, other).text == "not read yet"
    assert now.has_token(other)
    assert now.shared_with(other) == now.thread("main")


@pytest.mark.parametrize("outcome", ["missing", "old", "malformed", "refused"])
def test_one_that_found_none_says_what_it_found(outcome: str) -> None:
    now = picture(*FETCHED, READ, TokenRead(1.5, ONE, "bbbbbb", outcome, "", ""))
    one = now.thread("worker_0")
    assert tell_token(now, one).words == (
        f"none (at its last look into {PLACE} in the shared data: {outcome})"
    )
    assert not now.has_token(one)


def test_where_nobody_shares_a_token_there_that_is_said() -> None:
    now = picture(VmStarted(0.4, TWO, "cccccc", 0, reads="other_vm/lab.service.token"), *FETCHED)
    other = now.thread("worker_1")
    assert tell_token(now, other).words == (
        "none (it reads other_vm/lab.service.token in the shared data, and no VM here puts a token"
        " there)"
    )
    assert not now.has_token(other)


def test_before_the_service_has_one_nobody_has() -> None:
    now = picture()
    assert not any(map(now.has_token, now.threads))
    assert tell_token(now, now.thread("worker_0")).why.endswith("where main has put none yet")


def test_a_service_that_failed_brings_no_newer_one() -> None:
    failed = VmFailed(1.4, MAIN, "proxy_on_tick", "Uncaught RuntimeError: unreachable")
    now = picture(*FETCHED, READ, failed)
    why = tell_token(now, now.thread("worker_0")).why
    assert why.endswith("; the VM on main has failed, so no newer one comes")
    assert "The VM has failed on main." in describe_lanes(now)
