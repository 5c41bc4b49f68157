"""What notebooks may use; a change here is a change for every lesson."""

from __future__ import annotations

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
    "LabError",
    "Lanes",
    "LaunchError",
    "Module",
    "Reply",
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
    "read_module",
    "show_answer",
    "show_command",
    "show_configuration",
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
