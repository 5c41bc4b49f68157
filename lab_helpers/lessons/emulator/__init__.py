"""Play Envoy for a filter, in about a second: the SDK's emulator, driven by a list of steps."""

from __future__ import annotations

from lab_helpers.lessons.emulator.play import emulate
from lab_helpers.lessons.emulator.record import Callout, Emulation, Seen
from lab_helpers.lessons.emulator.steps import Reply, Response, Step

__all__ = ["Callout", "Emulation", "Reply", "Response", "Seen", "Step", "emulate"]
