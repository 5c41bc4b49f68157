"""When the calls for a token came: the numbers, the words, and that they can be drawn."""

from __future__ import annotations

import io
import random

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import TokenAsked, VmStarted
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.figures import describe_calls, draw_calls
from lab_helpers.figures.call_times import call_times

NOW = 1_000.0


def picture(*times: float, callers: int = 1, tick_ms: int = 1000) -> Snapshot:
    """Return a picture of calls at some times before its moment."""
    board = Board()
    board.apply(VmStarted(0.0, 1, "aaaaaa", tick_ms))
    for number, time in enumerate(sorted(times)):
        tag = f"{number % callers:06x}" if callers else ""
        board.apply(TokenAsked(NOW + time, tag, 200, "none", "ab12cd34", NOW + 60))
    return board.snapshot(NOW)


def test_the_board_keeps_the_calls() -> None:
    assert [call.time - NOW for call in picture(-2.0, -1.0).asked] == [-2.0, -1.0]
    assert len(picture(*(-number / 1000 for number in range(5_000))).asked) < 5_000


def test_a_herd_comes_together() -> None:
    times = [-number - 0.5 + caller / 1000 for number in range(5) for caller in range(9)]
    found = call_times(picture(*times, callers=9))
    assert found is not None
    assert (found.calls, found.callers, found.burst) == (45, 9, 9)
    assert [len(row) for row in found.rows] == [9] * 5
    assert found.spread_ms == pytest.approx(8, abs=0.1)


@pytest.mark.parametrize("moment", [0.0, 0.001, 0.3, 0.5, 0.996, 0.999])
def test_no_herd_is_parted_wherever_the_clock_stands(moment: float) -> None:
    times = [-1 - number + moment + caller / 1000 for number in range(3) for caller in range(9)]
    found = call_times(picture(*times, callers=9))
    assert found is not None
    assert [len(row) for row in found.rows] == [9, 9, 9]
    assert found.spread_ms == pytest.approx(8, abs=0.1)


def test_calls_that_are_spread_are_said_so() -> None:
    draw = random.Random(1)  # noqa: S311  # no secret: moments of a test
    found = call_times(picture(*(-5 * draw.random() for _ in range(325)), callers=65))
    assert found is not None
    assert found.spread_ms > 800
    assert found.burst < 20


def test_only_the_last_periods_count() -> None:
    found = call_times(picture(-100.0, -2.5, -1.5, -0.5), periods=3)
    assert found is not None
    assert found.calls == 3


def test_a_period_of_ones_own() -> None:
    found = call_times(picture(-7.5, -2.5, tick_ms=200), period_s=5.0)
    assert found is not None
    assert [len(row) for row in found.rows] == [1, 1]
    assert found.spread_ms == pytest.approx(0, abs=0.001)


@pytest.mark.parametrize("shown", [picture(), picture(-1.0, tick_ms=0)])
def test_without_calls_or_a_period_that_is_said(shown: Snapshot) -> None:
    assert describe_calls(shown) == "No call for a token is known yet."
    draw_calls(shown).savefig(io.BytesIO())


def test_the_words_say_what_the_picture_shows() -> None:
    shown = picture(-1.5, -1.498, -0.5, -0.498, callers=2)
    words = describe_calls(shown)
    assert words == (
        "4 calls from 2 VMs in 2 periods of 1 s. Nine tenths of them came within 2 ms of a period;"
        " at most 2 within 10 ms."
    )
    figure = draw_calls(shown)
    figure.savefig(io.BytesIO())
    title = " ".join(figure.axes[0].get_title().split())
    assert "4 calls from 2 VMs in 2 periods" in title
    assert "at most 2 within 10 ms" in title


def test_callers_that_do_not_say_who_they_are_are_not_counted() -> None:
    assert describe_calls(picture(-0.5, callers=0)).startswith("1 call in 1 period")
