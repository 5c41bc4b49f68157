"""Draw a snapshot of the board with matplotlib, and say in words what the drawing shows."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from lab_helpers.figures.call_times import describe_calls
from lab_helpers.figures.log_rows import describe_log
from lab_helpers.figures.words import (
    describe_dashboard,
    describe_headers,
    describe_homes,
    describe_lanes,
    describe_threads,
)

if TYPE_CHECKING:
    from lab_helpers.figures.calls import draw_calls
    from lab_helpers.figures.dashboard import draw_dashboard
    from lab_helpers.figures.headers import draw_headers
    from lab_helpers.figures.homes import draw_homes
    from lab_helpers.figures.lanes import draw_lanes
    from lab_helpers.figures.log import draw_log
    from lab_helpers.figures.threads import draw_threads

__all__ = [
    "describe_calls",
    "describe_dashboard",
    "describe_headers",
    "describe_homes",
    "describe_lanes",
    "describe_log",
    "describe_threads",
    "draw_calls",
    "draw_dashboard",
    "draw_headers",
    "draw_homes",
    "draw_lanes",
    "draw_log",
    "draw_threads",
]

_DRAWING = {
    "draw_calls": "lab_helpers.figures.calls",
    "draw_dashboard": "lab_helpers.figures.dashboard",
    "draw_headers": "lab_helpers.figures.headers",
    "draw_homes": "lab_helpers.figures.homes",
    "draw_lanes": "lab_helpers.figures.lanes",
    "draw_log": "lab_helpers.figures.log",
    "draw_threads": "lab_helpers.figures.threads",
}


def __getattr__(name: str) -> object:
    """Load what draws when it is first asked for: matplotlib takes a second, words do not."""
    if name not in _DRAWING:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_DRAWING[name]), name)
