"""What filters said: the last lines, as a drawing and as a table of a page."""

from __future__ import annotations

from matplotlib.figure import Figure

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.figures.log_rows import clock_time, log_rows
from lab_helpers.figures.tables import ROWS_SHOWN, Column, table_height_in, table_on

__all__ = ["draw_log"]

_WIDTH_IN = 9.0
_COLUMNS = (
    Column("time (UTC)", 0.13),
    Column("thread", 0.11),
    Column("level", 0.17),
    Column("text", 0.59),
)


def draw_log(snapshot: Snapshot) -> Figure:
    """Draw the last dozen lines of the log, each on one line.

    Args:
        snapshot: The picture's moment.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    rows = log_rows(snapshot)[-ROWS_SHOWN:]
    cells = [
        (clock_time(row.time), row.thread, row.level, " ⏎ ".join(row.text.split("\n")))
        for row in rows
    ]
    figure = Figure(figsize=(_WIDTH_IN, table_height_in(len(rows))), layout="constrained")
    said = f"the last {len(rows)} of {snapshot.lines_total:,} lines" if rows else "nothing yet"
    table_on(figure.add_subplot(), f"What the filter said: {said}", _COLUMNS, cells, "lines")
    return figure
