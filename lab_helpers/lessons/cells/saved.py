"""Tell whoever listens that a cell has saved something: these cells know nothing of checks."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

__all__ = ["Saved", "announce", "when_saved"]


@dataclasses.dataclass(frozen=True, slots=True)
class Saved:
    """What a cell has saved.

    Attributes:
        head: The cell's first line: `%%go mine/tick.go`.
        text: What stands below it.
        file: Where it is now.
        ok: Whether it compiles, or Envoy takes it; what is wrong has been shown.
    """

    head: str
    text: str
    file: Path
    ok: bool


def when_saved(listener: Callable[[Saved], None]) -> None:
    """Call this whenever a cell has saved something, and has shown what came of it.

    Args:
        listener: What to call; it takes the place of one of the same name.
    """
    _listeners[listener.__qualname__] = listener


def announce(saved: Saved) -> None:
    """Tell all that listen.

    Args:
        saved: What was saved.
    """
    for listener in tuple(_listeners.values()):
        listener(saved)


_listeners: dict[str, Callable[[Saved], None]] = {}
