"""Play Envoy for a filter, in about a second: the SDK's emulator, driven by a list of steps."""

from __future__ import annotations

from lab_helpers.lessons.emulator.passing import Passing
from lab_helpers.lessons.emulator.play import emulate
from lab_helpers.lessons.emulator.record import Callout, Emulation, Seen
from lab_helpers.lessons.emulator.steps import Reply, Request, Response, Step

__all__ = [
    "Callout",
    "Emulation",
    "Passing",
    "Reply",
    "Request",
    "Response",
    "Seen",
    "Step",
    "emulate",
]
