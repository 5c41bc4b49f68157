"""What else crossed between Envoy and the filter: a row for each thread, three words."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import crossed_kinds
from lab_helpers.figures.tables import ROW_IN, Column, table_height_in, table_on

__all__ = ["crossed_height_in", "crossed_on", "has_crossed"]

_NAME = 0.11
_MOST_COLUMNS = 8
_NOTE_CHARACTERS = 96


def has_crossed(snapshot: Snapshot) -> bool:
    """Return whether anything was seen to cross that the table would show.

    Args:
        snapshot: The picture's moment.
    """
    return bool(crossed_kinds(snapshot)[0])


def crossed_height_in(snapshot: Snapshot) -> float:
    """Return how high the table is, in inches.

    Args:
        snapshot: The picture's moment.
    """
    return table_height_in(len(snapshot.threads)) + ROW_IN * len(_notes(snapshot))


def crossed_on(axes: Axes, snapshot: Snapshot) -> None:
    """Draw the table into a part of a larger figure: what was seen somewhere has a column.

    Args:
        axes: Where to draw.
        snapshot: The picture's moment.
    """
    shown = crossed_kinds(snapshot)[0][:_MOST_COLUMNS]
    share = (1 - _NAME) / max(len(shown), 1)
    columns = [Column("thread", _NAME), *(Column(what, share) for what in shown)]
    rows = [
        [thread.name, *(str(snapshot.count(thread, what)) for what in shown)]
        for thread in snapshot.threads
    ]
    title = "What else crossed between Envoy and the filter"
    table_on(axes, title, columns, rows, "threads", _notes(snapshot))


def _notes(snapshot: Snapshot) -> list[str]:
    """Return what stands below: what has no column, and what was not seen to cross."""
    seen, others = crossed_kinds(snapshot)
    rest = "none" if snapshot.seeing.whole else "not seen"
    said = [f"also seen: {', '.join(seen[_MOST_COLUMNS:])}"] if seen[_MOST_COLUMNS:] else []
    said += [f"{rest}: {', '.join(others)}"] if others else []
    return textwrap.wrap("; ".join(said), _NOTE_CHARACTERS)
