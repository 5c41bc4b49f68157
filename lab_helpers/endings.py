"""End in order, as Python ends, what still runs.

The keeper ends an Envoy whose Python process is gone; this ends it a moment earlier.
"""

from __future__ import annotations

import atexit
import weakref
from typing import Protocol

__all__ = ["keep_running", "no_longer_running"]


class Stoppable(Protocol):
    """What can be stopped; twice is fine."""

    def stop(self) -> None:
        """End it."""


_RUNNING: weakref.WeakSet[Stoppable] = weakref.WeakSet()


def keep_running(what: Stoppable) -> None:
    """Stop it at Python's end, should it still be there.

    Args:
        what: What runs now.
    """
    _RUNNING.add(what)


def no_longer_running(what: Stoppable) -> None:
    """Forget it: it is being stopped.

    Args:
        what: What was given to `keep_running`; another is fine.
    """
    _RUNNING.discard(what)


@atexit.register
def _stop_all() -> None:
    for what in tuple(_RUNNING):
        what.stop()
