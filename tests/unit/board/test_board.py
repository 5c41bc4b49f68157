"""The board: events in, a picture out."""

from __future__ import annotations

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Crossing,
    Event,
    FetchEnded,
    FilterSaid,
    RequestAnswered,
    Step,
    ThreadsNamed,
    Ticked,
    TokenAsked,
    VmFailed,
    VmStarted,
)
from lab_helpers.board.snapshot import Snapshot, Tick, Token, VmChange

MAIN, WORKER_0, WORKER_1 = 100, 101, 102
NAMES = ThreadsNamed(0.0, ((MAIN, "main"), (WORKER_0, "worker_0"), (WORKER_1, "worker_1")))


def picture(*events: Event, now: float = 10.0) -> Snapshot:
    board = Board()
    for event in events:
        board.apply(event)
    return board.snapshot(now)


def test_an_empty_board_shows_nothing() -> None:
    empty = picture()
    assert empty.threads == ()
    assert (empty.ticking, empty.calls, empty.calls_per_period, empty.events) == (0, 0, None, 0)


def test_workers_come_by_number_then_main() -> None:
    names = ThreadsNamed(0.0, ((1, "main"), (2, "worker_10"), (3, "worker_9"), (4, "worker_0")))
    assert [thread.name for thread in picture(names).threads] == [
        "worker_0",
        "worker_9",
        "worker_10",
        "main",
    ]


def test_ticks_before_the_names_are_known_are_not_lost() -> None:
    shown = picture(Ticked(1.0, WORKER_0, "aaaaaa", 1), NAMES)
    assert shown.thread("worker_0").ticks == 1
    assert shown.ticking == 1


def test_a_tick_is_followed_to_its_reply() -> None:
    shown = picture(
        NAMES,
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        CalloutSent(1.001, WORKER_0, "aaaaaa", 1),
        TokenAsked(1.002, "aaaaaa", 200, "none", "ab12cd34", 61.0),
        FetchEnded(1.004, WORKER_0, "aaaaaa", 1, "ok", 200, "ab12cd34"),
    ).thread("worker_0")
    assert shown.recent == (Tick(1.0, "aaaaaa", 1, 1.001, 1.004, "ok", 200),)
    assert shown.token == Token("ab12cd34", 1.004, 61.0)
    assert shown.fetches == {"ok": 1}


def test_a_failed_fetch_leaves_the_token() -> None:
    shown = picture(
        NAMES,
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        FetchEnded(1.1, WORKER_0, "aaaaaa", 1, "ok", 200, "ab12cd34"),
        Ticked(2.0, WORKER_0, "aaaaaa", 2),
        FetchEnded(2.1, WORKER_0, "aaaaaa", 2, "status", 503, ""),
    ).thread("worker_0")
    assert shown.token == Token("ab12cd34", 1.1, 0.0)
    assert shown.fetches == {"ok": 1, "status 503": 1}
    assert shown.last_tick is not None
    assert (shown.last_tick.outcome, shown.last_tick.status) == ("status 503", 503)


def test_a_refused_callout_ends_its_tick() -> None:
    shown = picture(
        NAMES,
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        CalloutRefused(1.1, WORKER_0, "aaaaaa", 1, "bad argument"),
    ).thread("worker_0")
    assert shown.fetches == {"refused": 1}
    assert shown.recent[0].outcome == "refused"


def test_vms_that_only_start_on_the_main_thread_are_not_counted() -> None:
    shown = picture(
        NAMES,
        VmStarted(0.1, MAIN, "check1", 1000),
        VmStarted(0.2, MAIN, "base11", 1000),
        VmStarted(0.3, MAIN, "real11", 1000),
        Ticked(1.0, MAIN, "real11", 1),
        Ticked(2.0, MAIN, "real11", 2),
    ).thread("main")
    assert (shown.vm, shown.vms, shown.ticks) == ("real11", 1, 2)


def test_a_vm_is_shown_from_its_start_and_stays_while_it_lives() -> None:
    started = (NAMES, VmStarted(0.1, WORKER_0, "aaaaaa", 1000))
    assert picture(*started).thread("worker_0").vm == "aaaaaa"
    ticked = (
        *started,
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        VmStarted(1.1, WORKER_0, "bbbbbb", 1000),
    )
    assert picture(*ticked).thread("worker_0").vm == "aaaaaa"


def test_the_first_reply_of_a_new_vm_brings_its_token() -> None:
    shown = picture(
        NAMES,
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        FetchEnded(1.2, WORKER_0, "bbbbbb", 1, "ok", 200, "ab12cd34"),
    ).thread("worker_0")
    assert shown.token == Token("ab12cd34", 1.2, 0.0)


def test_the_first_tick_and_the_first_token_are_kept() -> None:
    thread = picture(
        NAMES,
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        FetchEnded(1.1, WORKER_0, "aaaaaa", 1, "status", 503, ""),
        Ticked(2.0, WORKER_0, "aaaaaa", 2),
        FetchEnded(2.1, WORKER_0, "aaaaaa", 2, "ok", 200, "ab12cd34"),
        FetchEnded(3.1, WORKER_0, "aaaaaa", 3, "ok", 200, "00000000"),
    ).thread("worker_0")
    assert (thread.first_tick, thread.first_token) == (1.0, 2.1)
    silent = picture(NAMES).thread("worker_0")
    assert (silent.first_tick, silent.first_token) == (None, None)


def test_threads_without_a_name_come_last() -> None:
    shown = picture(Ticked(1.0, 7, "aaaaaa", 1), NAMES)
    assert [thread.name for thread in shown.threads] == ["worker_0", "worker_1", "main", "thread 7"]


def test_a_failed_vm_is_replaced_by_the_next_that_starts() -> None:
    failed = (
        NAMES,
        VmStarted(0.1, WORKER_0, "aaaaaa", 1000),
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        FetchEnded(1.1, WORKER_0, "aaaaaa", 1, "ok", 200, "ab12cd34"),
        VmFailed(2.0, WORKER_0, "proxy_on_tick", "unreachable"),
    )
    assert picture(*failed).thread("worker_0").failure == "proxy_on_tick: unreachable"
    reloaded = picture(*failed, VmStarted(3.0, WORKER_0, "bbbbbb", 1000)).thread("worker_0")
    assert (reloaded.vm, reloaded.vms, reloaded.failure, reloaded.token) == ("bbbbbb", 2, "", None)


def test_beginnings_and_failures_of_vms_are_kept_with_their_times() -> None:
    shown = picture(
        NAMES,
        VmStarted(0.1, WORKER_0, "aaaaaa", 1000),
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        VmFailed(2.0, WORKER_0, "proxy_on_tick", "unreachable"),
        VmFailed(2.1, WORKER_0, "proxy_on_response_headers", "unreachable"),
        VmStarted(3.0, WORKER_0, "bbbbbb", 1000),
    ).thread("worker_0")
    assert shown.changes == (
        VmChange(0.1, "aaaaaa"),
        VmChange(2.0, "aaaaaa", "proxy_on_tick: unreachable"),
        VmChange(3.0, "bbbbbb"),
    )


def test_a_vm_that_never_ran_leaves_no_beginning_behind() -> None:
    shown = picture(
        NAMES,
        VmStarted(0.1, MAIN, "check1", 1000),
        VmStarted(0.3, MAIN, "real11", 1000),
        Ticked(1.0, MAIN, "real11", 1),
    ).thread("main")
    assert shown.changes == (VmChange(0.3, "real11"),)


def test_an_old_vm_that_finishes_late_does_not_take_the_thread_back() -> None:
    shown = picture(
        NAMES,
        Ticked(1.0, WORKER_0, "aaaaaa", 1),
        Ticked(1.1, WORKER_0, "bbbbbb", 1),
        FetchEnded(1.2, WORKER_0, "aaaaaa", 1, "ok", 200, "00000000"),
    ).thread("worker_0")
    assert (shown.vm, shown.vms, shown.token) == ("bbbbbb", 2, None)


def test_answers_reach_their_worker_whenever_its_name_is_known() -> None:
    answer = RequestAnswered(1.0, "worker_1", 200, (("x-auth", "t"),), 1.5)
    for events in ((answer, NAMES), (NAMES, answer)):
        shown = picture(*events).thread("worker_1")
        assert (shown.responses, shown.last_response) == (1, answer)


def test_calls_a_period_are_n_plus_1_however_the_ticks_are_spread() -> None:
    asked = [
        TokenAsked(second + shift, vm, 200, "none", "", 0.0)
        for second in range(1, 6)
        for shift, vm in ((0.0, "aaaaaa"), (0.4, "bbbbbb"), (0.9, "cccccc"))
    ]
    start = VmStarted(0.0, MAIN, "aaaaaa", 1000)
    shown = picture(start, *sorted(asked, key=lambda event: event.time), now=6.0)
    assert (shown.calls, shown.calls_per_period) == (15, 3.0)


def test_a_caller_that_fell_silent_no_longer_counts() -> None:
    asked = [TokenAsked(float(second), "aaaaaa", 200, "none", "", 0.0) for second in range(1, 4)]
    start = VmStarted(0.0, MAIN, "aaaaaa", 1000)
    assert picture(start, *asked, now=4.0).calls_per_period == 1.0
    assert picture(start, *asked, now=5.4).calls_per_period == 1.0
    assert picture(start, *asked, now=5.6).calls_per_period is None


def test_two_calls_at_one_moment_have_no_rate() -> None:
    asked = TokenAsked(1.0, "aaaaaa", 200, "none", "", 0.0)
    start = VmStarted(0.0, MAIN, "aaaaaa", 1000)
    assert picture(start, asked, asked, now=1.5).calls_per_period is None


def test_what_filters_say_is_kept_in_order() -> None:
    said = FilterSaid(1.0, WORKER_0, "info", "hello")
    failed = VmFailed(2.0, WORKER_0, "proxy_on_tick", "unreachable")
    assert picture(said, failed).lines == (said, failed)


def test_a_snapshot_is_left_alone_by_later_events() -> None:
    board = Board()
    board.apply(NAMES)
    board.apply(Ticked(1.0, WORKER_0, "aaaaaa", 1))
    before = board.snapshot(1.5)
    board.apply(Ticked(2.0, WORKER_0, "aaaaaa", 2))
    assert before.thread("worker_0").ticks == 1
    assert board.snapshot(2.5).thread("worker_0").ticks == 2


def test_an_unknown_thread_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        picture(NAMES).thread("worker_7")


def test_a_long_run_does_not_grow_the_board() -> None:
    board = Board()
    board.apply(VmStarted(0.0, WORKER_0, "aaaaaa", 1000))
    for n in range(1, 2001):
        board.apply(Ticked(float(n), WORKER_0, "aaaaaa", n))
        board.apply(FilterSaid(float(n), WORKER_0, "info", f"line {n}"))
    shown = board.snapshot(2000.0)
    (thread,) = shown.threads
    assert (thread.ticks, thread.first_tick) == (2000, 1.0)
    assert (len(thread.recent), thread.recent[-1].n) == (600, 2000)
    assert (len(shown.lines), shown.lines_total) == (200, 2000)
    assert shown.lines[-1].time == 2000.0
    assert shown.events == 4001


def test_many_callers_and_tokens_are_forgotten_oldest_first() -> None:
    board = Board()
    board.apply(VmStarted(0.0, WORKER_0, "aaaaaa", 1000))
    for second in (1.0, 2.0):
        for n in range(1000):
            board.apply(TokenAsked(second, f"vm{n}", 200, "none", f"token{n}", 99.0))
    held = {}
    for n in (0, 999):
        board.apply(FetchEnded(3.0, WORKER_0, "aaaaaa", n, "ok", 200, f"token{n}"))
        held[n] = board.snapshot(3.0).threads[0].token
    assert held == {0: Token("token0", 3.0, 0.0), 999: Token("token999", 3.0, 99.0)}
    assert board.snapshot(3.0).calls == 2000
    for n in range(488, 1000):
        board.apply(TokenAsked(3.0, f"vm{n}", 200, "none", "", 0.0))
    assert board.snapshot(3.0).calls_per_period == 512.0


def test_a_vm_that_is_replaced_again_and_again_keeps_the_last_changes() -> None:
    board = Board()
    for n in range(100):
        board.apply(Ticked(float(n), WORKER_0, f"{n:06x}", 1))
        board.apply(VmFailed(n + 0.5, WORKER_0, "proxy_on_tick", "unreachable"))
    (thread,) = board.snapshot(100.0).threads
    assert thread.vms == 100
    assert len(thread.changes) == 16
    assert thread.changes[-1].time == 99.5


def asks_for_period(time: float, tid: int, callback: str, period_ms: int) -> list[Event]:
    function = "proxy_set_tick_period_milliseconds"
    return [
        Crossing(time, tid, Step.ENTERED, callback, (1,)),
        Crossing(time, tid, Step.CALLED, function, (period_ms,)),
        Crossing(time, tid, Step.ANSWERED, function, (), 0),
        Crossing(time, tid, Step.LEFT, callback),
    ]


def test_a_wait_of_a_filter_that_says_its_period_is_no_new_period() -> None:
    start = asks_for_period(1.0, WORKER_0, "proxy_on_configure", 1700)
    assert picture(NAMES, *start).tick_ms == 1700, "a filter that says nothing"
    said = VmStarted(1.1, WORKER_0, "aaaaaa", 2000)
    assert picture(NAMES, *start, said).tick_ms == 2000
    wait = asks_for_period(3.0, WORKER_0, "proxy_on_tick", 400)
    assert picture(NAMES, *start, said, *wait).tick_ms == 2000
    assert picture(NAMES, *start, *wait).tick_ms == 400
