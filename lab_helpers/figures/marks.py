"""The marks of the lanes, each told from the others without its colour."""

from __future__ import annotations

import dataclasses

from lab_helpers.board.snapshot import Tick

__all__ = [
    "ANSWERED",
    "BEGAN",
    "DIED",
    "GAP_COLOUR",
    "KEPT",
    "MARKS",
    "NOT_KEPT",
    "REPLY_COLOUR",
    "TICK",
    "UNDER_WAY",
    "Mark",
    "mark_of",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Mark:
    """How one kind of thing is drawn.

    Attributes:
        label: What it means, for the legend.
        shape: Matplotlib's name of the shape.
        colour: Of Okabe and Ito's set, which people with colour blindness tell apart.
        size: Its area in square points in a lane of full height.
        filled: Whether it is drawn full, or as an outline.
    """

    label: str
    shape: str
    colour: str
    size: float
    filled: bool = True


TICK = Mark("tick", "|", "#000000", 190)
KEPT = Mark("reply, token kept", "o", "#0072B2", 46)
ANSWERED = Mark("reply, status not seen", "o", "#0072B2", 52, filled=False)
NOT_KEPT = Mark("reply or refusal, no token kept", "X", "#D55E00", 90)
UNDER_WAY = Mark("callout under way", ">", "#555555", 60, filled=False)
BEGAN = Mark("VM began", "D", "#009E73", 50, filled=False)
DIED = Mark("VM died", "s", "#D55E00", 70)

MARKS = (TICK, UNDER_WAY, KEPT, ANSWERED, NOT_KEPT, BEGAN, DIED)
"""All of them, in the order in which a tick passes through them."""

_ENDS = {"ok": KEPT, "answered": ANSWERED}

REPLY_COLOUR = "#555555"
GAP_COLOUR = "#AAAAAA"


def mark_of(tick: Tick) -> Mark | None:
    """Return the mark at the end of a tick's callout; None where none was sent.

    Args:
        tick: The tick.
    """
    if tick.ended is not None:
        return _ENDS.get(tick.outcome, NOT_KEPT)
    return UNDER_WAY if tick.sent is not None else None
