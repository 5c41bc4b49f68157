"""See an Envoy live in a notebook: `Dashboard`, or a part: `Lanes`, `Threads`, `Headers`, `Log`."""

from __future__ import annotations

from lab_helpers.dashboard.calls import Calls, show_calls
from lab_helpers.dashboard.controls import Controls
from lab_helpers.dashboard.dashboard import Dashboard, Headers, Lanes, Threads
from lab_helpers.dashboard.log import Log, show_log

__all__ = [
    "Calls",
    "Controls",
    "Dashboard",
    "Headers",
    "Lanes",
    "Log",
    "Threads",
    "show_calls",
    "show_log",
]
