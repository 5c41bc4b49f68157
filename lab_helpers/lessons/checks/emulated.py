"""What several checks look for in an emulation."""

from __future__ import annotations

from lab_helpers.lessons.emulator.record import Emulation
from lab_helpers.lessons.exercises.exercises import Finding, found

__all__ = ["every_response_goes_on"]


def every_response_goes_on(seen: Emulation) -> Finding:
    """Return whether the filter let each response go on.

    Args:
        seen: What the filter did.
    """
    return found(
        not seen.held,
        "every response goes on",
        "`ActionPause` holds it back, and nothing here ever lets it go: return ActionContinue.",
    )
