"""What every event is: something that happened at a moment, or that a thread then told of."""

from __future__ import annotations

import dataclasses

__all__ = ["Event", "LogEvent"]


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment."""

    time: float


@dataclasses.dataclass(frozen=True, slots=True)
class LogEvent(Event):
    """Something that a thread of Envoy logged."""

    tid: int
