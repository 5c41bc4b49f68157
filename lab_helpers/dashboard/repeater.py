"""Do one thing again and again in a thread, for a limited time, and never fail in silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

__all__ = ["Repeater"]

_JOIN_S = 10.0


class Repeater:
    """A thread that repeats its work until it is stopped, its time is over, or the work fails.

    Args:
        work: What to do; it is called in the thread.
        every_s: From the beginning of one turn to the beginning of the next, in seconds. A turn
            that takes longer delays the next one; turns are never made up for.
        name: The thread's name.
        lasting_s: How long at most, in seconds.
        on_end: Called in the thread when it ends by itself: with None where its time was over,
            else with what the work raised.
    """

    def __init__(
        self,
        work: Callable[[], None],
        every_s: float,
        *,
        name: str,
        lasting_s: float = float("inf"),
        on_end: Callable[[BaseException | None], None] = lambda _problem: None,
    ) -> None:
        self._work = work
        self._every_s = every_s
        self._name = name
        self._lasting_s = lasting_s
        self._on_end = on_end
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        # Guards the end: a start must not give more time to a thread that has just given up.
        self._lock = threading.Lock()
        self._ends = 0.0
        self._over = True

    @property
    def running(self) -> bool:
        """Return whether it goes on."""
        return not self._over

    @property
    def left_s(self) -> float:
        """Return how long it still lasts, in seconds; 0 when it does not run."""
        return max(self._ends - time.monotonic(), 0.0) if self.running else 0.0

    def start(self) -> None:
        """Start; one that runs has its full time again."""
        with self._lock:
            self._ends = time.monotonic() + self._lasting_s
            if not self._over:
                return
        self.stop()
        self._stopping, self._over = threading.Event(), False
        # A daemon, so that a kernel that ends does not wait for it.
        self._thread = threading.Thread(
            target=self._repeat, args=(self._stopping,), name=self._name, daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait until the thread has ended; twice is fine."""
        self._stopping.set()
        with self._lock:
            self._over = True
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_JOIN_S)

    def _repeat(self, stopping: threading.Event) -> None:
        problem: BaseException | None = None
        try:
            while self._has_time():
                began = time.monotonic()
                self._work()
                stopping.wait(max(self._every_s - (time.monotonic() - began), 0.0))
            if stopping.is_set():
                return
        except BaseException as error:  # noqa: BLE001  # handed on; nobody else would see it
            problem = error
            with self._lock:
                self._over = True
        self._on_end(problem)

    def _has_time(self) -> bool:
        with self._lock:
            self._over = self._over or time.monotonic() >= self._ends
            return not self._over
