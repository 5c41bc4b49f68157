"""What notebooks may use; a change here is a change for every lesson."""

from __future__ import annotations

import subprocess
import sys

import lab_helpers

NAMES = [
    "Answer",
    "CompileError",
    "Configuration",
    "ConfigurationError",
    "Controls",
    "Dashboard",
    "Envoy",
    "Fault",
    "Headers",
    "Journey",
    "LabError",
    "Lanes",
    "LaunchError",
    "Module",
    "Reply",
    "Request",
    "Response",
    "Threads",
    "TokenApi",
    "TokenApiError",
    "ToolchainError",
    "TrafficError",
    "adopt",
    "check",
    "check_machine",
    "compare",
    "compare_modules",
    "compile_filter",
    "diagram",
    "emulate",
    "forge",
    "hint",
    "predict",
    "progress",
    "put_in_order",
    "read_module",
    "reset_lesson",
    "show_answer",
    "show_calls",
    "show_command",
    "show_configuration",
    "show_exports",
    "show_failures",
    "show_go",
    "show_interface",
    "show_log",
    "show_stats",
    "show_threads",
    "show_token",
    "start_configuration",
    "start_filter",
    "try_in_envoy",
]


def test_the_public_names_are_these_and_each_is_there() -> None:
    assert lab_helpers.__all__ == NAMES == sorted(NAMES)
    for name in NAMES:
        assert getattr(lab_helpers, name).__name__ == name


def test_nothing_is_loaded_before_it_is_used() -> None:
    """Drawing alone takes a second; `lab --help` and the demo's first tick need none of it."""
    heavy = ("IPython", "anywidget", "docker", "httpx", "ipywidgets", "matplotlib", "wasmtime")
    code = (
        "import sys, lab_helpers.commands.cli\n"
        "from lab_helpers import LabError\n"
        f"print(*[name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
