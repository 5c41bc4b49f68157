"""Ways to run Envoy: as a process of this machine, or in a container.

Everything past the launch is the same code, whichever it was.
"""

from __future__ import annotations

from lab_helpers.launch.choice import choose_launcher, clear_all_leftovers
from lab_helpers.launch.interface import (
    ADMIN_PATHS,
    Address,
    AdminAddress,
    EnvoyProcess,
    Launcher,
    LaunchPlan,
    Listening,
    Places,
    SocketFile,
)

__all__ = [
    "ADMIN_PATHS",
    "Address",
    "AdminAddress",
    "EnvoyProcess",
    "LaunchPlan",
    "Launcher",
    "Listening",
    "Places",
    "SocketFile",
    "choose_launcher",
    "clear_all_leftovers",
]
