"""Threads that tick faster than tokens can be fetched."""

from __future__ import annotations

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    CalloutRefused,
    Event,
    FetchEnded,
    ThreadsNamed,
    Ticked,
    VmStarted,
)
from lab_helpers.board.overload import tell_overload
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import tell_notice

NAMES = ((1, "main"), (2, "worker_0"), (3, "worker_1"))


def picture(tick_ms: int, *outcomes: tuple[str, int]) -> Snapshot:
    board = Board()
    events: list[Event] = [ThreadsNamed(0.0, NAMES)]
    for tid, _ in NAMES:
        vm = f"{tid:06x}"
        events.append(VmStarted(1.0, tid, vm, tick_ms))
        for n, (outcome, status) in enumerate(outcomes, 1):
            events.append(Ticked(2.0, tid, vm, n))
            if outcome == "refused":
                events.append(CalloutRefused(2.0, tid, vm, n, "internal failure"))
            else:
                events.append(FetchEnded(2.1, tid, vm, n, outcome, status, "ab"))
    for event in events:
        board.apply(event)
    return board.snapshot(3.0)


OK, REFUSED, DOWN, LATE = ("ok", 200), ("refused", 0), ("status", 503), ("status", 504)


@pytest.mark.parametrize("others", [(OK, OK), (DOWN, OK), (LATE, LATE)])
def test_a_period_that_is_too_short_is_named_with_what_it_asks_for(
    others: tuple[tuple[str, int], ...],
) -> None:
    seen = picture(1, REFUSED, *others)
    assert "3 threads that tick every 1 ms ask for 3,000 tokens a second" in tell_overload(seen)
    assert tell_overload(seen) in tell_notice(seen)


@pytest.mark.parametrize(
    "seen",
    [
        picture(1),
        picture(1, OK, OK, OK),
        picture(1, OK, ("missing", 200), ("status", 500)),  # what the token API says itself
        picture(1, *[OK] * 9, REFUSED),  # one that fails now and then is no flood
        picture(1, DOWN, DOWN),  # a token API that is down
        picture(1, REFUSED, REFUSED),  # a cluster that is not there
        picture(1000, REFUSED, DOWN),  # here nobody asks much
        picture(0, REFUSED, DOWN),
    ],
)
def test_where_that_is_not_the_reason_nothing_is_said(seen: Snapshot) -> None:
    assert tell_overload(seen) == ""
