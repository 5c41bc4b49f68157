"""Advice on a filter's source, as lines of a note."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab_helpers.go_helper import Advice, AdviceGiven

__all__ = ["advice_lines", "let_advice_wait"]


def advice_lines(given: AdviceGiven, folder: Path) -> list[tuple[str, str]]:
    """Return a line for each piece of advice, or one that says why there is none.

    Args:
        given: What came of looking for it.
        folder: The filter's folder.
    """
    told = (
        one for one in given.advice if not any(waits(folder, one) for waits in _waiting.values())
    )
    lines = [("!", f"`{one.place}` {one.sentence}") for one in told]
    if given.missing:
        lines.append(("·", f"no advice on the source: {given.missing}"))
    return lines


def let_advice_wait(waits: Callable[[Path, Advice], bool]) -> None:
    """Leave out advice that would come too early: these cells know nothing of exercises.

    Args:
        waits: Is asked of each piece in each filter's folder; takes the place of one of its name.
    """
    _waiting[waits.__qualname__] = waits


_waiting: dict[str, Callable[[Path, Advice], bool]] = {}
