"""What the log tells while a request is followed, and which of it is that request's."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from collections.abc import Sequence

from lab_helpers.board.events import Crossing, Event, LinesDropped, LogEvent
from lab_helpers.board.journey import Asked, Ending, Trip, parent_of, read_trip

__all__ = ["Heard"]

# Envoy deletes a request's context some microseconds after the answer; its line has a way to go.
_ENDS_S = 5.0
# A module without that export has no last line, so that one can only wait for no more.
_QUIET_S = 0.5
_EVENTS_KEPT = 50_000
_CHARACTERS_KEPT = 8 << 20


class Heard:
    """Keep what a worker's thread does while a request is followed.

    Args:
        tid: The thread.
        same_clock: Whether Envoy's clock is this machine's.

    Attributes:
        by_another_clock: Whether the request was found though its times are another clock's.
    """

    def __init__(self, tid: int, *, same_clock: bool) -> None:
        self._tid = tid
        self._same_clock = same_clock
        self._events: collections.deque[Event] = collections.deque()
        self._characters = 0
        self._changed = threading.Condition()
        self._last = time.monotonic()
        self.by_another_clock = False

    def take(self, events: Sequence[Event]) -> None:
        """Take in what the log tells; called in the reading thread.

        Args:
            events: In the log's order, of all threads.
        """
        with self._changed:
            ours = [event for event in events if self._concerns(event)]
            self._events += ours
            self._characters += sum(map(_characters, ours))
            missing = 0
            while len(self._events) > _EVENTS_KEPT or self._characters > _CHARACTERS_KEPT:
                self._characters -= _characters(self._events.popleft())
                missing += 1
            if missing:
                self._events.appendleft(LinesDropped(time.time(), missing))
            if ours:
                self._last = time.monotonic()
            self._changed.notify_all()

    @property
    def crossed(self) -> bool:
        """Return whether anything crossed."""
        with self._changed:
            return any(isinstance(event, Crossing) for event in self._events)

    def wait_for(self, asked: Asked, deletes: bool | None) -> Trip:
        """Wait for a trip's end, as far as it is to be seen.

        Args:
            asked: The request.
            deletes: Whether the module is told of a request's end; None where that is not known.

        Returns:
            What crossed. It is empty where nothing did.
        """
        limit = _QUIET_S if deletes is False else _ENDS_S
        deadline = time.monotonic() + limit
        with self._changed:
            while True:
                trip = read_trip(tuple(self._events), asked)
                now = time.monotonic()
                left = deadline - now
                if not (trip.contexts or self._same_clock):
                    # What is read first may still be of a request before.
                    quiet = self._last + _QUIET_S - now
                    if quiet <= 0 or left <= 0:
                        return self._by_another_clock(asked)
                    left = min(left, quiet)
                # Where nothing ever crossed, there is no end to wait for.
                elif not trip.entries:
                    left -= _ENDS_S - _QUIET_S if deletes is not False else 0
                if trip.ending is not Ending.NOT_SEEN or left <= 0:
                    return trip
                self._changed.wait(left)

    def _by_another_clock(self, asked: Asked) -> Trip:
        """Take what began last for ours: a virtual machine's clock may differ from this one."""
        began = [e.time for e in self._events if isinstance(e, Crossing) and parent_of(e)]
        if not began or asked.answered is None:
            return read_trip(tuple(self._events), asked)
        first = began[-max(asked.plugins, 1) :][0]
        self.by_another_clock = True
        answered = first + asked.answered - asked.sent
        shifted = dataclasses.replace(asked, sent=first, answered=answered)
        return read_trip(tuple(self._events), shifted)

    def _concerns(self, event: Event) -> bool:
        if isinstance(event, LinesDropped):
            return True
        return isinstance(event, LogEvent) and event.tid == self._tid


def _characters(event: Event) -> int:
    return len(getattr(event, "text", ""))
