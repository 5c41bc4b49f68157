"""Calls a period from moments alone: spread, late, silent, and forgotten callers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lab_helpers.board.call_rate import CallRate


def measured(moments: Sequence[float], now: float) -> float | None:
    """Return what one caller's calls measure, with a period of a second."""
    rate = CallRate()
    for moment in moments:
        rate.count("aaaaaa", moment)
    return rate.per_period(1.0, now)


def test_one_call_has_no_rate() -> None:
    assert measured([], now=1.0) is None
    assert measured([1.0], now=1.0) is None
    assert measured([1.0, 1.0], now=1.0) is None


@pytest.mark.parametrize("late", range(4))
def test_one_late_call_changes_nothing(late: int) -> None:
    moments = [1.0, 2.0, 3.0, 4.0]
    moments[late] += 0.4
    assert measured(moments, now=5.0) == 1.0


def test_a_caller_that_calls_half_as_often_counts_half() -> None:
    assert measured([1.0, 3.0, 5.0, 7.0], now=7.0) == 0.5


def test_a_caller_that_found_another_pace_is_measured_anew() -> None:
    moments = [*range(20), *(20 + n / 4 for n in range(20))]
    assert measured(moments, now=24.75) == 4.0


def test_a_silent_caller_is_waited_for_a_second_at_least() -> None:
    rate = CallRate()
    rate.count("aaaaaa", 1.0)
    rate.count("aaaaaa", 1.1)
    assert rate.per_period(0.1, now=2.0) == 1.0
    assert rate.per_period(0.1, now=2.2) is None
