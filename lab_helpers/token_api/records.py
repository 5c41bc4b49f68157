"""What the server's thread tells the others: who asked for a token, and what failed."""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable

from lab_helpers.board.events import TokenAsked
from lab_helpers.errors import TokenApiError

__all__ = ["ASKED_KEPT", "Records", "died"]

ASKED_KEPT = 10_000
"""How many of the last calls `TokenApi.asked` remembers (about 4 MB)."""

# The lab's own callbacks take microseconds; one that lasts this long waits for something.
_LONG_S = 1.0


class Records:
    """The calls and the failures, written by the server's thread and read by any.

    Args:
        on_asked: Told of each call; what it raises is kept as a failure.
    """

    def __init__(self, on_asked: Callable[[TokenAsked], None] | None) -> None:
        # Replaced as a whole and never changed, so that `note` may walk it while it is replaced.
        self._listeners: tuple[Callable[[TokenAsked], None], ...] = ()
        if on_asked is not None:
            self._listeners = (on_asked,)
        self._lock = threading.Lock()
        self._asked: collections.deque[TokenAsked] = collections.deque(maxlen=ASKED_KEPT)
        self._asked_total = 0
        self._first_failure: BaseException | None = None
        self._failures = 0
        # Who is being told at this moment, and since when.
        self._telling: tuple[Callable[[TokenAsked], None], float] | None = None

    @property
    def asked(self) -> tuple[TokenAsked, ...]:
        """The last `ASKED_KEPT` calls, oldest first."""
        with self._lock:
            return tuple(self._asked)

    @property
    def asked_total(self) -> int:
        """How many calls there were, the forgotten ones included."""
        with self._lock:
            return self._asked_total

    def note(self, event: TokenAsked) -> None:
        """Record a call and pass it on."""
        with self._lock:
            self._asked.append(event)
            self._asked_total += 1
        for listener in self._listeners:
            self._telling = (listener, time.monotonic())
            try:
                listener(event)
            except Exception as error:  # noqa: BLE001 - a person's code; kept, and raised by stop()
                self.fail(error)
            finally:
                self._telling = None

    def held_by(self) -> str:
        """Name the callback that was called a while ago and has not returned; "" where none was."""
        telling = self._telling
        if telling is None or time.monotonic() - telling[1] < _LONG_S:
            return ""
        listener, _ = telling
        return getattr(listener, "__qualname__", "") or type(listener).__qualname__

    def subscribe(self, listener: Callable[[TokenAsked], None]) -> None:
        """Tell one more of each call; one that is told already is not told twice."""
        with self._lock:
            if listener not in self._listeners:
                self._listeners = (*self._listeners, listener)

    def unsubscribe(self, listener: Callable[[TokenAsked], None]) -> None:
        """Tell it no more; one that was not told is fine."""
        with self._lock:
            self._listeners = tuple(told for told in self._listeners if told != listener)

    def fail(self, error: BaseException) -> None:
        """Keep a failure; of many, the first and their number."""
        with self._lock:
            self._first_failure = self._first_failure or error
            self._failures += 1

    def raise_failures(self) -> None:
        """Raise what failed since the last time, if something did.

        Raises:
            TokenApiError: With the first failure as its cause.
        """
        with self._lock:
            first, count = self._first_failure, self._failures
            self._first_failure, self._failures = None, 0
        if first is not None:
            times = f" {count} times; the first" if count > 1 else ""
            raise TokenApiError(
                f"Something failed in the token API's thread{times}:",
                quote=f"{type(first).__name__}: {first}",
                hint="mend the on_asked callback, if that is where it comes from.",
            ) from first


def died(death: BaseException) -> TokenApiError:
    """Say that the server ended by itself."""
    return TokenApiError(
        "The token API's server died.",
        quote=f"{type(death).__name__}: {death}",
        hint="stop() and start() it again.",
    )
