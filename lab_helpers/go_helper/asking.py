"""Run a command of the Go program, and read its answer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from lab_helpers.errors import ToolchainError
from lab_helpers.go_helper.building import build_go_helper
from lab_helpers.toolchain import find_go, go_environment
from lab_helpers.toolchain.go_flags import go_hint
from lab_helpers.toolchain.running import run_tool

__all__ = ["ask_go_helper"]

_TIMEOUT_S = 120.0


def ask_go_helper(command: str, *arguments: str, program: Path | None = None) -> Any:  # noqa: ANN401  # each command has its own form
    """Return what a command answers.

    Args:
        command: Such as `signatures`.
        *arguments: Its arguments.
        program: The program, where it is known to be built; else it is built if need be.

    Returns:
        The JSON that it wrote, as plain values.

    Raises:
        ToolchainError: It cannot be built, fails, or takes too long; its own words are quoted.
    """
    program = program or build_go_helper()
    # Nothing is downloaded here: what a folder lacks, it is told in words.
    offline = {"GOPROXY": "off", "GOOS": "", "GOARCH": ""}
    words = [str(program), command, *arguments]
    environment = go_environment(find_go().path) | offline
    try:
        done = run_tool(words, environment, timeout_s=_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise ToolchainError(
            f"The Go helper did not finish {command} within {_TIMEOUT_S:.0f} s.",
            hint="try again when the machine is less busy",
        ) from error
    if done.returncode != 0:
        raise ToolchainError(
            f"The Go helper cannot do {command} on {', '.join(arguments) or 'nothing'}.",
            quote=done.stderr.strip()[-1000:],
            hint=go_hint(
                done.stderr,
                "it wants the folder of a Go module whose modules are here: `lab setup` brings"
                " those of filter/",
            ),
        )
    return json.loads(done.stdout)
