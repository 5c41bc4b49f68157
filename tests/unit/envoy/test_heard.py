"""Which crossings are the followed request's, as the log's lines come late and in pieces."""

from __future__ import annotations

import threading

import pytest

from lab_helpers.board.events import Crossing, Event, Step
from lab_helpers.board.journey import Asked, Ending
from lab_helpers.envoy.heard import Heard

TID = 7


def request(begins: float, context: int) -> list[Event]:
    """Return what crosses for a request without a body."""
    made, headers, deleted = (
        ("proxy_on_context_create", (context, 1)),
        ("proxy_on_request_headers", (context, 3, 1)),
        ("proxy_on_delete", (context,)),
    )
    events: list[Event] = []
    for number, (function, arguments) in enumerate((made, headers, deleted)):
        at = begins + number * 0.001
        events.append(Crossing(at, TID, Step.ENTERED, function, arguments))
        events.append(Crossing(at + 0.0005, TID, Step.LEFT, function, ()))
    return events


def heard(*, same_clock: bool, late: list[Event], soon: list[Event]) -> Heard:
    """Hear of some at once, and of others in a moment."""
    log = Heard(TID, same_clock=same_clock)
    log.take(soon)
    threading.Timer(0.1, log.take, [late]).start()
    return log


@pytest.mark.parametrize("same_clock", [True, False])
def test_a_request_before_it_whose_lines_come_late_is_another(*, same_clock: bool) -> None:
    # On a busy machine the lines of the last request are read after the next was answered.
    log = heard(same_clock=same_clock, soon=request(99.0, 2), late=request(100.0, 3))
    trip = log.wait_for(Asked(TID, 99.999, 100.1), deletes=True)
    assert trip.contexts == {3}
    assert trip.ending is Ending.DELETED
    assert not log.by_another_clock


def test_by_another_clock_the_last_request_is_ours() -> None:
    log = heard(same_clock=False, soon=request(5.0, 2), late=request(6.0, 3))
    trip = log.wait_for(Asked(TID, 100.0, 100.1), deletes=True)
    assert trip.contexts == {3}
    assert trip.entries[0].begin_us == 0
    assert log.by_another_clock


def test_by_another_clock_each_plugin_of_the_request_is_ours() -> None:
    log = heard(same_clock=False, soon=request(5.0, 2), late=request(6.0, 3) + request(6.01, 4))
    trip = log.wait_for(Asked(TID, 100.0, 100.1, plugins=2), deletes=True)
    assert trip.contexts == {3, 4}


def test_by_our_own_clock_nothing_else_is_taken_for_it() -> None:
    log = heard(same_clock=True, soon=request(5.0, 2), late=request(6.0, 3))
    trip = log.wait_for(Asked(TID, 100.0, 100.1), deletes=True)
    assert trip.entries == ()
    assert not log.by_another_clock
