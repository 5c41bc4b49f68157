"""One Envoy's board as threads share it: events go in, and who waits for a picture is woken."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from lab_helpers.board.board import Board
from lab_helpers.board.events import Event
from lab_helpers.board.snapshot import Snapshot

__all__ = ["Watch"]

_LOOK_S = 0.25
# Hundreds of threads tell of thousands of events a second. To look at each would leave no time for
# the token API, which runs beside: its calls would be noted late, and counted wrong.
_APART_S = 0.02


class Watch:
    """Keep a board that several threads write to and look at."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._board = Board()
        self._news = 0

    def begin_anew(self) -> None:
        """Forget all that was recorded."""
        with self._changed:
            self._board = Board()
            self._news += 1
            self._changed.notify_all()

    def record(self, *events: Event) -> None:
        """Take events in, and wake who waits.

        Args:
            *events: What happened, in its order.
        """
        with self._changed:
            for event in events:
                self._board.apply(event)
            self._news += 1
            self._changed.notify_all()

    def every_vm_spoke(self) -> bool:
        """Return whether each thread has VMs, and each VM logged the lab's own start line."""
        with self._changed:
            return self._board.every_vm_spoke

    def snapshot(self) -> Snapshot:
        """Return the picture of this moment."""
        with self._changed:
            return self._board.snapshot(time.time())

    def failure(self, name: str) -> str:
        """Return why a thread's VM runs no more code; "" while it does.

        Args:
            name: The thread's name.
        """
        with self._changed:
            return self._board.failure(name)

    def wait_until(
        self,
        condition: Callable[[Snapshot], object],
        timeout_s: float,
        between: Callable[[], None] = lambda: None,
    ) -> Snapshot | None:
        """Wait until the picture fulfils a condition.

        Args:
            condition: Is given a snapshot after each change, and now and then without one: it may
                be about time.
            timeout_s: How long at most, in seconds.
            between: Is called after each look that was in vain; what it raises ends the waiting.

        Returns:
            The first snapshot that fulfils it; None where none did in time.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            looked = time.monotonic()
            with self._changed:
                snapshot = self._board.snapshot(time.time())
                seen = self._news
            # Not under the lock: a condition may send a request, whose answer is an event.
            if condition(snapshot):
                return snapshot
            left = deadline - time.monotonic()
            with self._changed:
                if left > 0 and self._news == seen:
                    self._changed.wait(min(left, _LOOK_S))
            between()
            if left <= 0:
                return None
            time.sleep(max(looked + _APART_S - time.monotonic(), 0.0))
