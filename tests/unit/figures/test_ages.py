"""Lengths of time in words that fit into a cell."""

from __future__ import annotations

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import RequestAnswered, ThreadsNamed
from lab_helpers.figures import draw_headers
from lab_helpers.figures.ages import age, gap
from lab_helpers.token_api import Verdict


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-3, "0 s"),
        (0.4, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_the_largest_fitting_unit(seconds: float, told: str) -> None:
    assert age(seconds) == told


@pytest.mark.parametrize(("seconds", "told"), [(0.04, "0.0 s"), (9.94, "9.9 s"), (840, "14 min")])
def test_a_short_gap_has_tenths(seconds: float, told: str) -> None:
    assert gap(seconds) == told


@pytest.mark.parametrize(("expires", "told"), [(200.0, "✓ valid"), (60.0, "✗ expired")])
def test_a_token_that_has_expired_since_has_one_mark(expires: float, told: str) -> None:
    board = Board()
    board.apply(ThreadsNamed(1.0, ((1, "main"), (2, "worker_0"))))
    board.apply(RequestAnswered(50.0, "worker_0", 200, (("x-auth", "Bearer a"),), 1.0))
    verdict = Verdict(True, "", {"exp": expires}, {})
    figure = draw_headers(board.snapshot(100.0), {"worker_0": verdict})
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert told in texts
    assert sum(text.count("✓") + text.count("✗") for text in texts) == 1
