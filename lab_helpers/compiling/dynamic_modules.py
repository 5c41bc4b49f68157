"""The command that builds a dynamic module from Go, which calls a C compiler for it (cgo)."""

from __future__ import annotations

import platform

from lab_helpers.compiling.command import Command, ToolCommand, typed_tool
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.cgo import find_cgo_compiler
from lab_helpers.toolchain.go import for_this_machine

__all__ = ["library_command"]

# Of what calls C: without it Go, TinyGo and `go vet` see none.
_TAG = "dynamic_module"

_FLAGS = ("-buildmode=c-shared", f"-tags={_TAG}", "-buildvcs=false")


def library_command() -> Command:
    """Return the command that builds a dynamic module.

    Raises:
        ToolchainError: Go or a C compiler is missing, or cgo is switched off.
    """
    compiler = find_cgo_compiler()
    go = find_go()
    environment = {"CGO_ENABLED": "1"}
    if compiler != "gcc":
        environment["CC"] = compiler
    # Go writes a header of C beside the library as well, which nobody here needs.
    return ToolCommand(
        (typed_tool(go.path), "build", *_FLAGS),
        (".",),
        f"go {go.version} {compiler} {platform.machine()}",
        environment,
        go_environment() | for_this_machine(),
    )
