"""The command that builds a dynamic module from Go, which calls a C compiler for it (cgo)."""

from __future__ import annotations

import dataclasses
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.compiling.command import Command, typed_tool
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.cgo import find_cgo_compiler
from lab_helpers.toolchain.go import for_this_machine
from lab_helpers.toolchain.running import run_tool

__all__ = ["library_command"]

# Of what calls C: without it Go, TinyGo and `go vet` see none.
_TAG = "dynamic_module"

_FLAGS = ("-buildmode=c-shared", f"-tags={_TAG}", "-buildvcs=false")


@dataclasses.dataclass(frozen=True, slots=True)
class _LibraryCommand:
    """What to run, and what a person needs in the environment to run it too."""

    words: tuple[str, ...]
    environment: Mapping[str, str]
    version: str

    def run(self, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
        """Compile; Go writes a header of C beside the library, which nobody here needs."""
        variables = go_environment() | for_this_machine() | dict(self.environment)
        return run_tool(self.typed(target), variables, folder=folder)

    def typed(self, target: Path) -> tuple[str, ...]:
        """Return what a person types to do the same."""
        return (*self.words, "-o", str(target), ".")

    def before(self, _target: Path) -> tuple[str, ...]:
        """Return what a person types first: nothing."""
        return ()


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
    return _LibraryCommand(
        (typed_tool(go.path), "build", *_FLAGS),
        environment,
        f"go {go.version} {compiler} {platform.machine()}",
    )
