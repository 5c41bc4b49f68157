"""What a person who does not look hears: turns of events, not each tick."""

from __future__ import annotations

import dataclasses

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    Crossing,
    Event,
    FetchEnded,
    Panicked,
    SeeingChanged,
    Step,
    ThreadsNamed,
    Ticked,
    VmCreated,
    VmFailed,
    VmStarted,
)
from lab_helpers.dashboard.look import Look
from lab_helpers.dashboard.news import news
from lab_helpers.token_api import Fault

WORKERS = 7
NAMES = ThreadsNamed(0.0, ((100, "main"), *((n, f"worker_{n}") for n in range(WORKERS))))
EVERYONE = (100, *range(WORKERS))
ALL_OK = tuple(
    event
    for tid in EVERYONE
    for event in (
        VmStarted(0.5, tid, f"{tid:06x}", 1000),
        Ticked(1.0, tid, f"{tid:06x}", 1),
        FetchEnded(1.1, tid, f"{tid:06x}", 1, "ok", 200, "ab12cd34"),
    )
)


def look(*events: Event) -> Look:
    board = Board()
    for event in (NAMES, *events):
        board.apply(event)
    return Look(board.snapshot(10.0), workers=WORKERS)


def failed(*tids: int) -> tuple[Event, ...]:
    return tuple(
        event
        for tid in tids
        for event in (
            Ticked(2.0, tid, f"{tid:06x}", 2),
            FetchEnded(2.1, tid, f"{tid:06x}", 2, "status", 503, ""),
        )
    )


def test_the_first_look_is_no_news() -> None:
    assert news(None, look()) == ()


def test_ticks_are_no_news() -> None:
    assert news(look(*ALL_OK), look(*ALL_OK, Ticked(2.0, 0, "000000", 2))) == ()


def test_start_and_stop_and_an_end_by_itself() -> None:
    runs = look(*ALL_OK)
    stopped = dataclasses.replace(runs, running=False)
    ended = dataclasses.replace(stopped, problem="Envoy was ended by SIGSEGV.\n  | quote")
    assert news(stopped, runs) == ("Envoy runs with 7 workers.",)
    assert news(runs, stopped) == ("Envoy was stopped.",)
    assert news(runs, ended) == ("Envoy has ended by itself. Envoy was ended by SIGSEGV.",)


def test_a_fault_and_its_end() -> None:
    works = look()
    hangs = dataclasses.replace(works, fault=Fault.HANG)
    assert news(works, hangs) == (
        "The token API's fault is now hang: Takes the request and does not answer.",
    )
    assert news(hangs, works) == ("The token API works again.",)


def test_a_vm_that_fails_and_one_that_follows() -> None:
    died = (*ALL_OK, VmFailed(2.0, 3, "proxy_on_tick", "unreachable"))
    reborn = (*died, VmStarted(3.0, 3, "ffffff", 1000))
    assert news(look(*ALL_OK), look(*died)) == (
        "The VM failed on worker_3: proxy_on_tick: unreachable.",
    )
    assert news(look(*died), look(*reborn)) == ("A new VM runs on worker_3.",)
    again = (*reborn, Ticked(3.5, 3, "ffffff", 1), VmFailed(4.0, 3, "proxy_on_tick", "unreachable"))
    assert news(look(*died), look(*again)) == (
        "The VM failed on worker_3: proxy_on_tick: unreachable.",
    )


def test_replies_of_which_no_more_is_known_are_no_failures() -> None:
    asked = (
        Crossing(2.0, 3, Step.ENTERED, "proxy_on_tick", (1,)),
        Crossing(2.0, 3, Step.CALLED, "proxy_http_call"),
        Crossing(2.0, 3, Step.ANSWERED, "proxy_http_call", (), 0),
        Crossing(2.0, 3, Step.LEFT, "proxy_on_tick"),
        Crossing(2.1, 3, Step.ENTERED, "proxy_on_http_call_response", (1, 4, 1, 0, 0)),
    )
    looking = SeeingChanged(0.5, on=True, why="somebody looks")
    made = (looking, VmCreated(1.0, 3))
    assert look(*made, *asked).picture.thread("worker_3").recent[-1].outcome == "answered"
    assert news(look(*made), look(*made, *asked)) == ()


def test_a_panic_is_quoted() -> None:
    panics = (Panicked(2.0, 3, "index out of range"), VmFailed(2.0, 3, "proxy_on_tick", "trap"))
    assert news(look(*ALL_OK), look(*ALL_OK, *panics)) == (
        "The VM failed on worker_3: panic: index out of range.",
    )


def test_tokens_that_every_worker_holds() -> None:
    assert news(look(), look(*ALL_OK)) == ("Every worker holds a token.",)


def test_fetches_that_fail_and_recover() -> None:
    fails = (*ALL_OK, *failed(*EVERYONE))
    recovered = (
        *fails,
        *(
            event
            for tid in EVERYONE
            for event in (
                Ticked(3.0, tid, f"{tid:06x}", 3),
                FetchEnded(3.1, tid, f"{tid:06x}", 3, "ok", 200, "ab12cd34"),
            )
        ),
    )
    assert news(look(*ALL_OK), look(*fails)) == (
        "Fetches bring no token on worker_0, worker_1, worker_2 and 5 more (status 503).",
    )
    assert news(look(*fails), look(*recovered)) == ("Fetches bring tokens again.",)


def test_one_more_failure_is_no_news() -> None:
    assert news(look(*ALL_OK, *failed(1)), look(*ALL_OK, *failed(1, 2))) == ()
