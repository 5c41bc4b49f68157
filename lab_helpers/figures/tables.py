"""Plain tables in a drawing: a heading, a rule, rows of text."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from matplotlib import font_manager
from matplotlib.axes import Axes

__all__ = ["ROWS_SHOWN", "ROW_IN", "Column", "table_height_in", "table_on"]

ROWS_SHOWN = 12
"""How many rows a table has at most."""

ROW_IN = 0.22
"""How high one is, in inches."""

_FONT = 9
# A table is about 7.4 in wide, for its drawing keeps room for names and gaps beside the lanes; so
# many 9 point letters fit into that.
_CHARACTERS = 104


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, in one line or two, and its share of the table's width."""

    heading: str
    share: float


def table_height_in(rows: int) -> float:
    """Return how high a table with this many rows is, in inches.

    Args:
        rows: How many rows it has.
    """
    return ROW_IN * (_lines(rows) + 2.6)


def table_on(
    axes: Axes,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    noun: str,
    notes: Sequence[str] = (),
) -> None:
    """Draw a table; of many rows the first, and how many more there are.

    Args:
        axes: Where to draw; it shows nothing else.
        title: What stands above it.
        columns: The columns; their shares add up to 1.
        rows: The cells of each row, as many as there are columns.
        noun: What the rows are, as in `and 54 more threads`.
        notes: Lines that stand below it.
    """
    lines = _lines(len(rows)) + 1 + len(notes)
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    two_lines = any("\n" in column.heading for column in columns)
    axes.set_ylim(lines, -1 if two_lines else 0)
    axes.set_title(title, loc="left", fontsize=11)
    left = 0.0
    shown = rows if len(rows) <= ROWS_SHOWN else rows[: ROWS_SHOWN - 1]
    for number, column in enumerate(columns):
        room = int(column.share * _CHARACTERS)
        axes.text(left, 0.85, column.heading, fontsize=_FONT, fontweight="bold", va="bottom")
        for line, row in enumerate(shown, start=1):
            # A filter's text may hold dollars: they are no formula.
            axes.text(
                left,
                line + 0.5,
                _drawable(_fit(row[number], room)),
                fontsize=_FONT,
                va="center",
                parse_math=False,
            )
        left += column.share
    axes.axhline(1, color="#888888", linewidth=0.8)
    if len(shown) < len(rows):
        more = f"and {len(rows) - len(shown)} more {noun}"
        axes.text(0, ROWS_SHOWN + 0.5, more, fontsize=_FONT, fontstyle="italic", va="center")
    for line, note in enumerate(notes, start=lines - len(notes)):
        axes.text(0, line + 0.5, note, fontsize=_FONT, va="center")


def _lines(rows: int) -> int:
    return max(min(rows, ROWS_SHOWN), 1)


def _fit(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"


def _drawable(text: str) -> str:
    """Return a text with a box for each character that the drawing's font has no shape for."""
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    text = text.replace("\t", "    ")
    return "".join(char if font.get_char_index(ord(char)) else "\u25a1" for char in text)
