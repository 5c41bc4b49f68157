"""When the calls for a token came, in numbers and in words; matplotlib is not needed here."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.figures.callouts import counted

__all__ = ["BURST_MS", "CallTimes", "call_times", "describe_calls"]

BURST_MS = 10
_PERIODS = 5
_MOST = 0.9


@dataclasses.dataclass(frozen=True, slots=True)
class CallTimes:
    """When the calls of the last periods came.

    Attributes:
        period_s: The period, in seconds.
        rows: For each period, oldest first, when in it its calls came, in seconds. It begins after
            the longest pause, so that what comes together stands together.
        callers: How many callers there were; 0 where they do not say who they are.
        spread_ms: The shortest part of a period that nine tenths of the calls came in.
        burst: The most calls within `BURST_MS`.
    """

    period_s: float
    rows: tuple[tuple[float, ...], ...]
    callers: int
    spread_ms: float
    burst: int

    @property
    def calls(self) -> int:
        """Return how many there were."""
        return sum(len(row) for row in self.rows)


def call_times(
    snapshot: Snapshot, *, period_s: float | None = None, periods: int = _PERIODS
) -> CallTimes | None:
    """Return when the calls of the last periods came.

    Args:
        snapshot: The picture's moment; the last period is that of its last call.
        period_s: The period, in seconds; None for the tick that the filter announced.
        periods: How many periods, at most.

    Returns:
        The times; None where no call or no period is known.
    """
    period_s = period_s or snapshot.tick_ms / 1000
    if not snapshot.asked or not period_s:
        return None
    since = snapshot.asked[-1].time - (periods + 1) * period_s
    late = [call for call in snapshot.asked if call.time > since]
    begin = _after_the_longest_pause([call.time for call in late], period_s)
    numbers = [math.floor((call.time - begin) / period_s) for call in late]
    rows: dict[int, list[float]] = {}
    asked = []
    for call, number in zip(late, numbers, strict=True):
        if number > max(numbers) - periods:
            asked.append(call)
            rows.setdefault(number, []).append(call.time - begin - number * period_s)
    phases = sorted(phase for row in rows.values() for phase in row)
    return CallTimes(
        period_s,
        tuple(tuple(rows[number]) for number in sorted(rows)),
        len({call.vm for call in asked if call.vm}),
        1000 * _shortest_part(phases, period_s),
        _busiest([call.time for call in asked]),
    )


def describe_calls(snapshot: Snapshot, *, period_s: float | None = None) -> str:
    """Say in words what `draw_calls` shows.

    Args:
        snapshot: The picture's moment.
        period_s: The period, in seconds; None for the tick that the filter announced.
    """
    times = call_times(snapshot, period_s=period_s)
    if times is None:
        return "No call for a token is known yet."
    callers = f" from {counted(times.callers, 'VM')}" if times.callers else ""
    periods = counted(len(times.rows), "period")
    return (
        f"{counted(times.calls, 'call')}{callers} in {periods} of {times.period_s:g} s. Nine tenths"
        f" of them came within {times.spread_ms:,.0f} ms of a period; at most"
        f" {times.burst} within {BURST_MS} ms."
    )


def _after_the_longest_pause(times: Sequence[float], period_s: float) -> float:
    """Return a moment at which a period may begin: no calls that come together are parted by it."""
    phases = sorted(time % period_s for time in times)
    pauses = [
        (after - phase, after)
        for phase, after in zip(phases, [*phases[1:], phases[0] + period_s], strict=True)
    ]
    pause, after = max(pauses)
    # A tenth of the pause before them: what comes a little early belongs to the same period.
    return after - pause / 10


def _shortest_part(phases: Sequence[float], period_s: float) -> float:
    """Return the shortest part of a period, also over its end, with nine tenths of the calls."""
    needed = math.ceil(_MOST * len(phases))
    round_again = [*phases, *(phase + period_s for phase in phases)]
    return min(round_again[at + needed - 1] - round_again[at] for at in range(len(phases)))


def _busiest(times: Sequence[float]) -> int:
    """Return the most calls within `BURST_MS`."""
    ordered = sorted(times)
    most = first = 0
    for last, time in enumerate(ordered):
        while time - ordered[first] > BURST_MS / 1000:
            first += 1
        most = max(most, last - first + 1)
    return most
