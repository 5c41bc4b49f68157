"""Advice on a filter's source, as lines of a note."""

from __future__ import annotations

from lab_helpers.go_helper import AdviceGiven

__all__ = ["advice_lines"]


def advice_lines(given: AdviceGiven) -> list[tuple[str, str]]:
    """Return a line for each piece of advice, or one that says why there is none.

    Args:
        given: What came of looking for it.
    """
    lines = [("!", f"`{one.place}` {one.sentence}") for one in given.advice]
    if given.missing:
        lines.append(("·", f"no advice on the source: {given.missing}"))
    return lines
