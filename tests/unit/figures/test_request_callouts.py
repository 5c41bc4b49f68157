"""Callouts that requests send: on the board, in the lanes, in words, and to the page."""

from __future__ import annotations

import pytest
from matplotlib import rcParams

from lab_helpers.board.board import Board
from lab_helpers.board.events import Crossing, Event, Step, VmCreated
from lab_helpers.board.request_callouts import RequestCallout
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.dashboard.frames import Frames
from lab_helpers.figures import describe_lanes, draw_lanes
from tests.unit.dashboard.test_frames import look
from tests.unit.figures.test_figures import MAIN, NAMES, TRACED, WORKER_0, WORKER_1, texts

NOW = 100.0
STARTED = TRACED[:4]  # somebody looks, and three VMs began
REQUEST = "proxy_on_request_headers"


def sends(time: float, tid: int, callback: str = REQUEST) -> tuple[Event, ...]:
    return (
        Crossing(time, tid, Step.ENTERED, callback, (2, 8, 1)),
        Crossing(time, tid, Step.CALLED, "proxy_http_call"),
        Crossing(time, tid, Step.ANSWERED, "proxy_http_call", (), 0),
        Crossing(time, tid, Step.LEFT, callback),
    )


def reply(time: float, tid: int, number: int) -> tuple[Event, ...]:
    callback = "proxy_on_http_call_response"
    return (
        Crossing(time, tid, Step.ENTERED, callback, (1, 4 * number, 6, 0, 0)),
        Crossing(time, tid, Step.LEFT, callback),
    )


def board_of(*events: Event) -> Board:
    board = Board()
    for event in (*STARTED, NAMES, *events):
        board.apply(event)
    return board


def sent(picture: Snapshot, name: str) -> tuple[RequestCallout, ...]:
    return picture.thread(name).request_callouts


TWO = (*sends(97.0, WORKER_0), *sends(98.0, WORKER_0), *reply(98.5, WORKER_0, 2))


def test_each_reply_ends_its_own() -> None:
    picture = board_of(*TWO, *sends(99.0, WORKER_1), *reply(99.5, WORKER_1, 1)).snapshot(NOW)
    assert sent(picture, "worker_0") == (RequestCallout(98.0, 98.5), RequestCallout(97.0))
    assert sent(picture, "worker_1") == (RequestCallout(99.0, 99.5),)
    assert sent(picture, "main") == ()
    assert picture.thread("worker_0").ticks == 0


@pytest.mark.parametrize("callback", ["proxy_on_tick", "proxy_on_configure"])
def test_one_that_no_request_sent_is_none(callback: str) -> None:
    picture = board_of(*sends(97.0, MAIN, callback), *reply(97.5, MAIN, 1)).snapshot(NOW)
    assert sent(picture, "main") == ()


def test_a_new_vm_has_none_that_waits() -> None:
    renewed = (VmCreated(99.0, WORKER_0), *sends(99.5, WORKER_0))
    # Of two VMs at once nobody can tell whose reply it is; when the old one is gone, one can.
    picture = board_of(*TWO, *renewed).snapshot(NOW)
    assert RequestCallout(99.5) not in sent(picture, "worker_0")


def test_they_are_drawn_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rcParams, "svg.fonttype", "none")
    picture = board_of(*TWO, *sends(99.0, WORKER_1)).snapshot(NOW)
    said = "Callouts that requests sent: worker_0 2, worker_1 1; 2 under way."
    assert said in describe_lanes(picture)
    svg = texts(draw_lanes(picture))
    for word in ("Callouts of requests by thread", "reply, status not seen", "callout under way"):
        assert word in svg
    done = board_of(*sends(97.0, WORKER_0), *reply(97.2, WORKER_0, 1)).snapshot(NOW)
    assert "Callouts that requests sent: worker_0 1; each was answered." in describe_lanes(done)
    # What is older than the picture reaches back is neither drawn nor said.
    late = board_of(*TWO).snapshot(NOW + 60)
    assert "Callouts" not in describe_lanes(late)


def test_the_page_gets_them_in_the_threads_row() -> None:
    frame = Frames().whole(look(board_of(*TWO), NOW))
    rows = {row["tid"]: row for row in frame["threads"]}
    assert [ended is None for _, ended in rows[WORKER_0]["asked"]] == [False, True]
    assert rows[MAIN]["asked"] == []
