"""The frame of the lessons: show Go, edit it, try it, check exercises, keep what a person did."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lab_helpers.lessons.configurations import show_configuration, start_configuration
    from lab_helpers.lessons.diagrams import diagram
    from lab_helpers.lessons.emulator import Reply, Response, emulate
    from lab_helpers.lessons.envoy_tables import (
        show_answer,
        show_stats,
        show_threads,
        show_token,
    )
    from lab_helpers.lessons.exercises import check, hint
    from lab_helpers.lessons.forging import forge
    from lab_helpers.lessons.go_cells import show_go
    from lab_helpers.lessons.machine import check_machine
    from lab_helpers.lessons.module_tables import (
        compare_modules,
        show_command,
        show_interface,
    )
    from lab_helpers.lessons.predictions import compare, predict
    from lab_helpers.lessons.shelf import progress
    from lab_helpers.lessons.trying import try_in_envoy
    from lab_helpers.lessons.workspace import start_filter

__all__ = [
    "Reply",
    "Response",
    "check",
    "check_machine",
    "compare",
    "compare_modules",
    "diagram",
    "emulate",
    "forge",
    "hint",
    "predict",
    "progress",
    "show_answer",
    "show_command",
    "show_configuration",
    "show_go",
    "show_interface",
    "show_stats",
    "show_threads",
    "show_token",
    "start_configuration",
    "start_filter",
    "try_in_envoy",
]

_HOMES = {
    "Reply": "emulator",
    "Response": "emulator",
    "check": "exercises",
    "check_machine": "machine",
    "compare": "predictions",
    "compare_modules": "module_tables",
    "diagram": "diagrams",
    "emulate": "emulator",
    "forge": "forging",
    "hint": "exercises",
    "predict": "predictions",
    "progress": "shelf",
    "show_answer": "envoy_tables",
    "show_command": "module_tables",
    "show_configuration": "configurations",
    "show_go": "go_cells",
    "show_interface": "module_tables",
    "show_stats": "envoy_tables",
    "show_threads": "envoy_tables",
    "show_token": "envoy_tables",
    "start_configuration": "configurations",
    "start_filter": "workspace",
    "try_in_envoy": "trying",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the names above tell their types
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
