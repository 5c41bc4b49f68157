"""How far something is known: a number, none, or not seen, and why."""

from __future__ import annotations

import dataclasses
import time

__all__ = ["Count", "Seeing"]


@dataclasses.dataclass(frozen=True, slots=True)
class Seeing:
    """Whether somebody looks at the crossings, and what was missed.

    Attributes:
        on: Whether Envoy's trace of the crossings is on.
        since: Since when it is as it is, in seconds since the epoch; 0 where it was never on.
        why: Why it is on or off, in words.
        gaps: Whether it was ever off since Envoy was started.
        dropped: How many lines of the log were dropped, for they came too fast.
        odd: The first line of a trace that reads otherwise than those that the lab knows; "" where
            there was none.
    """

    on: bool = False
    since: float = 0.0
    why: str = "nobody asked to look at the crossings"
    gaps: bool = True
    dropped: int = 0
    odd: str = ""

    @property
    def whole(self) -> bool:
        """Return whether all that crossed since the start was seen."""
        return self.on and not (self.gaps or self.dropped or self.odd)

    @property
    def not_seen(self) -> str:
        """Return why something may not have been seen; "" where all was."""
        if self.whole:
            return ""
        if self.odd:
            return f"this Envoy's trace reads otherwise: {self.odd}"
        if not self.on:
            return f"crossings are off{self._since}: {self.why}"
        if self.dropped:
            return f"{self.dropped:,} lines of the log were dropped: they came too fast"
        return f"crossings were off before {_clock(self.since)}"

    @property
    def _since(self) -> str:
        return f" since {_clock(self.since)}" if self.since else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Count:
    """How often something happened, as far as that is known.

    Attributes:
        seen: How often it was seen.
        whole: Whether that is all there was.
        source: Where the number comes from.
        why: Why some may not have been seen; "" where all were.
    """

    seen: int
    whole: bool
    source: str
    why: str = ""

    def __str__(self) -> str:
        if self.whole:
            return f"{self.seen:,}" if self.seen else "none"
        return f"{self.seen:,} seen" if self.seen else "not seen"

    @property
    def is_none(self) -> bool:
        """Return whether it is known that it never happened."""
        return self.whole and not self.seen

    @property
    def words(self) -> str:
        """Return it with where it comes from, or why it was not seen."""
        return f"{self} ({self.source if self.whole else self.why})"


def _clock(moment: float) -> str:
    return time.strftime("%H:%M:%S UTC", time.gmtime(moment))
