"""A trip as a table: a row for each crossing."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterator
from typing import NamedTuple

from lab_helpers.journeys.telling import Teller, us

__all__ = ["TripTable", "trip_table"]

_CELL = "text-align:left;vertical-align:top;padding:.2em .9em .2em 0;border:0"
_RULE = "border-top:1px solid color-mix(in srgb, currentColor 25%, transparent);background:none"
_HEADINGS = ("time", "crossing", "what was handed over", "what came back", "took", "in the ABI")


class Row(NamedTuple):
    """The cells of a crossing's row, as text."""

    time: str
    name: str
    details: str
    outcome: str
    took: str
    abi: str


@dataclasses.dataclass(frozen=True, slots=True)
class TripTable:
    """A row for each crossing, with the call inside its callback.

    Attributes:
        title: What it shows.
        rows: The cells of each row.
        strong: Whether a row is about an entry that did something.
    """

    title: str
    rows: tuple[Row, ...]
    strong: tuple[bool, ...]

    @property
    def headings(self) -> tuple[str, ...]:
        """Return the columns' headings."""
        return _HEADINGS

    @property
    def text(self) -> str:
        """Return it as plain text, in columns."""
        widths = [
            max(len(row[column]) for row in (self.headings, *self.rows))
            for column in range(len(self.headings))
        ]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (self.headings, *self.rows)
        ]
        return "\n".join([self.title, *lines])

    @property
    def html(self) -> str:
        """Return it as HTML."""
        heads = "".join(f'<th scope="col" style="{_CELL}">{heading}</th>' for heading in _HEADINGS)
        return (
            '<div style="overflow-x:auto"><table style="margin-left:0">'
            f'<caption style="text-align:left;caption-side:top">{html.escape(self.title)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{''.join(map(_html_row, self.rows))}</tbody>"
            "</table></div>"
        )

    def _repr_mimebundle_(self, **_options: object) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


def trip_table(teller: Teller, title: str) -> TripTable:
    """Make the table of a trip.

    Args:
        teller: Says what crossed.
        title: What the table shows.
    """
    pairs = list(_rows(teller))
    return TripTable(title, tuple(row for row, _ in pairs), tuple(did for _, did in pairs))


def _rows(teller: Teller) -> Iterator[tuple[Row, bool]]:
    for entry in teller.trip.entries:
        said = teller.entry(entry)
        did = entry.did_something
        row = Row(
            us(entry.begin_us),
            f"▶ {said.name}",
            said.details,
            said.outcome,
            _took(entry.begin_us, entry.end_us),
            f"{entry.function}({', '.join(map(str, entry.arguments))})",
        )
        yield row, did
        for calls, inner in teller.calls(entry.calls):
            first, last = calls[0], calls[-1]
            arguments = ", ".join(map(str, first.arguments)) if len(calls) == 1 else "…"
            row = Row(
                us(first.begin_us),
                f"   ◀ {inner.name}",
                inner.details,
                inner.outcome,
                _took(first.begin_us, last.end_us),
                f"{first.function}({arguments})",
            )
            yield row, did


def _took(begin_us: int, end_us: int | None) -> str:
    return "" if end_us is None else us(end_us - begin_us)


def _html_row(row: Row) -> str:
    first, name, *others = row
    code = html.escape(name).replace("   ", "&nbsp;&nbsp;&nbsp;")
    cells = f'<th scope="row" style="{_CELL};white-space:nowrap;text-align:right">{first}</th>'
    cells += f'<td style="{_CELL};white-space:nowrap"><b>{code}</b></td>'
    cells += "".join(f'<td style="{_CELL}">{html.escape(cell)}</td>' for cell in others)
    return f'<tr style="{_RULE}">{cells}</tr>'
