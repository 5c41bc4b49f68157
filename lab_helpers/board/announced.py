"""What the plugins of a thread said of themselves as they started."""

from __future__ import annotations

import dataclasses

from lab_helpers.board.events import VmStarted

__all__ = ["Announced"]


@dataclasses.dataclass(slots=True)
class Announced:
    """What was said; main may run several plugins.

    Attributes:
        timer_ms: The longest period that one told; 0 where none has a timer, None before a word.
        shares: As in `VmStarted`.
        reads: As in `VmStarted`.
        last_read: What became of the last look into the shared data; "" before the first.
    """

    timer_ms: int | None = None
    shares: str = ""
    reads: str = ""
    last_read: str = ""

    def start(self, event: VmStarted) -> None:
        """Take in that a plugin started.

        Args:
            event: What it said.
        """
        self.timer_ms = max(self.timer_ms or 0, event.tick_ms)
        self.shares = event.shares or self.shares
        self.reads = event.reads or self.reads
