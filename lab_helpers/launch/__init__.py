"""Ways to run Envoy: as a process of this machine, or in a container.

Everything past the launch is the same code, whichever it was.
"""

from __future__ import annotations

from lab_helpers.launch.choice import choose_launcher, clear_all_leftovers
from lab_helpers.launch.interface import (
    Address,
    EnvoyProcess,
    Launcher,
    LaunchPlan,
    Listening,
    Places,
)

__all__ = [
    "Address",
    "EnvoyProcess",
    "LaunchPlan",
    "Launcher",
    "Listening",
    "Places",
    "choose_launcher",
    "clear_all_leftovers",
]
