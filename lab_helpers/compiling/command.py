"""What every compiler's command can do: be run, and be told to a person who types it."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from lab_helpers.toolchain.running import run_tool

__all__ = ["Command", "ToolCommand", "typed_tool"]


class Command(Protocol):
    """A compiler for one filter: a program of this machine, or an image."""

    @property
    def words(self) -> tuple[str, ...]:
        """Return what the compiler is told, without the output."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what a person needs in the environment to run it too."""

    @property
    def version(self) -> str:
        """Return what the result depends on besides the source."""

    def run(self, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
        """Compile the filter in a folder; the module is written to the target."""

    def typed(self, target: Path) -> tuple[str, ...]:
        """Return what a person types to do the same."""

    def before(self, target: Path) -> tuple[str, ...]:
        """Return what a person types first."""


@dataclasses.dataclass(frozen=True, slots=True)
class ToolCommand:
    """A program of this machine that is told its output with `-o`, and then what it reads.

    Attributes:
        words: What it is told before that.
        sources: What it reads.
        version: What the result depends on besides the source.
        environment: What a person needs in the environment to run it too.
        surroundings: What the lab sets besides, which changes nothing of the result.
    """

    words: tuple[str, ...]
    sources: tuple[str, ...]
    version: str
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)
    surroundings: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def run(self, folder: Path, target: Path) -> subprocess.CompletedProcess[str]:
        """Compile, as a process of this machine."""
        variables = {**self.surroundings, **self.environment}
        return run_tool(self.typed(target), variables, folder=folder)

    def typed(self, target: Path) -> tuple[str, ...]:
        """Return what a person types to do the same."""
        return (*self.words, "-o", str(target), *self.sources)

    def before(self, _target: Path) -> tuple[str, ...]:
        """Return what a person types first: nothing."""
        return ()


def typed_tool(tool: Path) -> str:
    """Return what a person types to run a tool: its bare name, where that finds this very one.

    Args:
        tool: The program.
    """
    return tool.name if shutil.which(tool.name) == str(tool) else str(tool)
