"""What else crossed between Envoy and the filter: a row for each thread, three words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.axes import Axes

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import crossed_kinds, tell_others
from lab_helpers.figures.tables import ROW_IN, Column, table_height_in, table_on

__all__ = ["crossed_height_in", "crossed_on", "crossed_tables"]

_NAME = 0.11
_MOST_COLUMNS = 7  # as many as have room for their headings
_NOTE_CHARACTERS = 96


def crossed_tables(snapshot: Snapshot) -> list[tuple[str, ...]]:
    """Return what has a column, table by table: what was seen to cross on some thread.

    Args:
        snapshot: The picture's moment.
    """
    seen = crossed_kinds(snapshot)[0]
    return [seen[at : at + _MOST_COLUMNS] for at in range(0, len(seen), _MOST_COLUMNS)]


def crossed_height_in(snapshot: Snapshot, kinds: Sequence[str]) -> float:
    """Return how high a table is, in inches.

    Args:
        snapshot: The picture's moment.
        kinds: One of `crossed_tables`.
    """
    return table_height_in(len(snapshot.threads)) + ROW_IN * (1 + len(_notes(snapshot, kinds)))


def crossed_on(axes: Axes, snapshot: Snapshot, kinds: Sequence[str]) -> None:
    """Draw a table into a part of a larger figure.

    Args:
        axes: Where to draw.
        snapshot: The picture's moment.
        kinds: One of `crossed_tables`.
    """
    share = (1 - _NAME) / _MOST_COLUMNS
    columns = [Column("thread", _NAME), *(Column(what.replace(" ", "\n"), share) for what in kinds)]
    rows = [
        [thread.name, *(str(snapshot.count(thread, what)) for what in kinds)]
        for thread in snapshot.threads
    ]
    first = tuple(kinds) == crossed_tables(snapshot)[0]
    title = f"What else crossed between Envoy and the filter{'' if first else ', continued'}"
    table_on(axes, title, columns, rows, "threads", _notes(snapshot, kinds))


def _notes(snapshot: Snapshot, kinds: Sequence[str]) -> list[str]:
    """Return what stands below the last table: what was not seen to cross."""
    others = tell_others(snapshot)
    if not others or tuple(kinds) != crossed_tables(snapshot)[-1]:
        return []
    return textwrap.wrap(others, _NOTE_CHARACTERS)
