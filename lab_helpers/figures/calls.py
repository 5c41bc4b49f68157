"""When the calls for a token came: a row for each period, above it how many came when."""

from __future__ import annotations

from matplotlib.figure import Figure

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.figures.call_times import call_times, describe_calls
from lab_helpers.figures.marks import KEPT, TICK

__all__ = ["draw_calls"]

_SIZE_IN = (9.0, 3.6)
_PARTS = 50
_HEIGHTS = (2, 1)


def draw_calls(snapshot: Snapshot, *, period_s: float | None = None) -> Figure:
    """Draw when the calls of the last periods came; `describe_calls` says the same in words.

    Args:
        snapshot: The picture's moment.
        period_s: The period, in seconds; None for the tick that the filter announced.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    figure = Figure(figsize=_SIZE_IN, layout="constrained")
    times = call_times(snapshot, period_s=period_s)
    if times is None:
        axes = figure.add_subplot()
        axes.set_axis_off()
        axes.text(0.5, 0.5, describe_calls(snapshot), ha="center", va="center")
        return figure
    bars, rows = figure.subplots(2, sharex=True, height_ratios=_HEIGHTS)
    sentences = describe_calls(snapshot, period_s=period_s).split(". ")
    bars.set_title("When the calls for a token came\n" + "\n".join(sentences), fontsize="small")
    moments = [moment for row in times.rows for moment in row]
    bars.hist(moments, bins=_PARTS, range=(0, times.period_s), color=KEPT.colour)
    bars.set_ylabel("calls")
    for number, row in enumerate(times.rows):
        marks = [number] * len(row)
        rows.scatter(row, marks, marker=TICK.shape, color=TICK.colour, linewidths=0.8)
    rows.set_xlim(0, times.period_s)
    rows.set_ylim(len(times.rows) - 0.5, -0.5)
    rows.set_yticks(
        [0, len(times.rows) - 1], ["first", "last"] if len(times.rows) > 1 else ["", ""]
    )
    rows.set_ylabel("period")
    rows.set_xlabel("seconds since the period began (it begins after the longest pause)")
    return figure
