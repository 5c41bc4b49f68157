"""End in order, as Python ends, what still runs.

The keeper ends an Envoy whose Python process is gone; this ends it a moment earlier.
"""

from __future__ import annotations

import atexit
import os
import weakref
from typing import Protocol

from lab_helpers.errors import LabError

__all__ = ["keep_running", "no_longer_running", "stop_after"]


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


def stop_after(what: Stoppable, error: BaseException | None) -> None:
    """Stop it at the end of its `with` block.

    Args:
        what: What the block used.
        error: What ended the block; it is the one to see first, so what the stop has to say is a
            note of it.

    Raises:
        LabError: The stop had something to say, and nothing else ended the block.
    """
    try:
        what.stop()
    except LabError as ours:
        if error is None:
            raise
        error.add_note(str(ours))


@atexit.register
def _stop_all() -> None:
    failures = []
    for what in tuple(_RUNNING):
        try:
            what.stop()
        except Exception as error:  # noqa: BLE001  # raised below, when all were stopped
            failures.append(error)
    if failures:
        # Their words are in the group's own: of what it holds Python shows nothing at this moment.
        said = "; ".join(f"{type(failure).__name__}: {failure}" for failure in failures)
        raise ExceptionGroup(f"Not all that ran could be stopped in order: {said}", failures)


if hasattr(os, "register_at_fork"):
    # What a forked process ends with is its parent's, and still runs.
    os.register_at_fork(after_in_child=_RUNNING.clear)
