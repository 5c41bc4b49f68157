"""What the trace told of a thread's callouts, and no line of the filter's own has claimed."""

from __future__ import annotations

import dataclasses

__all__ = ["TickKey", "Unclaimed"]

# A VM, and the number of a tick of its own.
TickKey = tuple[str, int]


@dataclasses.dataclass(slots=True)
class Unclaimed:
    """What the callback that is under way did, until the filter's own line claims it."""

    tick: TickKey | None = None
    sent: bool = False
    refused: int = 0
    reply: bool = False
    replied_to: TickKey | None = None
