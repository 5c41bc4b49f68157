"""A lab for learning how Envoy runs WebAssembly: compile, start, watch, ask, stop.

These are the names that notebooks use:

```python
from lab_helpers import Envoy, compile_filter

module = compile_filter("filter/token")
with Envoy(module, workers=2, settings={"tick_ms": 1000}) as envoy:
    envoy.wait_for_tokens()
    envoy.ask_every_worker()
```
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from lab_helpers.compiler import compile_filter
    from lab_helpers.configuration import Configuration
    from lab_helpers.dashboard import Controls, Dashboard, Headers, Lanes
    from lab_helpers.envoy import Envoy
    from lab_helpers.errors import (
        CompileError,
        ConfigurationError,
        LabError,
        LaunchError,
        TokenApiError,
        ToolchainError,
        TrafficError,
    )
    from lab_helpers.lessons import (
        Reply,
        Response,
        check,
        check_machine,
        compare,
        compare_modules,
        diagram,
        emulate,
        forge,
        hint,
        predict,
        progress,
        show_answer,
        show_command,
        show_configuration,
        show_go,
        show_interface,
        show_stats,
        show_threads,
        show_token,
        start_configuration,
        start_filter,
        try_in_envoy,
    )
    from lab_helpers.modules import Module, read_module
    from lab_helpers.token_api import Fault, TokenApi

# Loaded when they are first used: `lab demo` shows its first tick within seconds, and the drawing
# libraries alone take one.
_HOMES = {
    "CompileError": "errors",
    "Configuration": "configuration",
    "ConfigurationError": "errors",
    "Controls": "dashboard",
    "Dashboard": "dashboard",
    "Envoy": "envoy",
    "Fault": "token_api",
    "Headers": "dashboard",
    "LabError": "errors",
    "Lanes": "dashboard",
    "LaunchError": "errors",
    "Module": "modules",
    "Reply": "lessons",
    "Response": "lessons",
    "TokenApi": "token_api",
    "TokenApiError": "errors",
    "ToolchainError": "errors",
    "TrafficError": "errors",
    "check": "lessons",
    "check_machine": "lessons",
    "compare": "lessons",
    "compare_modules": "lessons",
    "compile_filter": "compiler",
    "diagram": "lessons",
    "emulate": "lessons",
    "forge": "lessons",
    "hint": "lessons",
    "predict": "lessons",
    "progress": "lessons",
    "read_module": "modules",
    "show_answer": "lessons",
    "show_command": "lessons",
    "show_configuration": "lessons",
    "show_go": "lessons",
    "show_interface": "lessons",
    "show_stats": "lessons",
    "show_threads": "lessons",
    "show_token": "lessons",
    "start_configuration": "lessons",
    "start_filter": "lessons",
    "try_in_envoy": "lessons",
}

__all__ = [
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
    "TokenApi",
    "TokenApiError",
    "ToolchainError",
    "TrafficError",
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
    "show_stats",
    "show_threads",
    "show_token",
    "start_configuration",
    "start_filter",
    "try_in_envoy",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401  # the names above tell their types
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Teach a notebook `%%go` and `%%envoy`, and to lose no Envoy, for `%load_ext lab_helpers`.

    Args:
        shell: The notebook's.
    """
    from lab_helpers.lessons import (  # noqa: PLC0415  # quick `lab --help`
        configurations,
        go_cells,
        lost_envoys,
    )

    go_cells.register(shell)
    configurations.register(shell)
    lost_envoys.register(shell)
