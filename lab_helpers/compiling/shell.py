"""Write a command as a person types it: in sh, or in PowerShell on Windows."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping, Sequence

__all__ = ["shell_line"]


def shell_line(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: str,
    before: Sequence[str] = (),
    platform: str = sys.platform,
    path: str | None = None,
) -> str:
    """Return a command as a person types it.

    Args:
        command: Its words.
        environment: What it needs in its environment besides; of a PATH that has a folder put
            before the person's own, only that folder is shown.
        folder: Where it runs.
        before: A command to type first; empty where none is needed.
        platform: The machine's `sys.platform`.
        path: The person's own PATH; this process's else.
    """
    own = os.environ.get("PATH", "") if path is None else path
    if platform == "win32":
        first = f"& {_powershell_words(before)}" if before else ""
        sets = [_powershell_assignment(*item, own) for item in environment.items()]
        steps = [f"cd {_in_powershell(folder)}", first, *sets, f"& {_powershell_words(command)}"]
        return "; ".join(filter(None, steps))
    names = " ".join(_sh_assignment(*item, own) for item in environment.items())
    words = " ".join(part for part in (names, shlex.join(command)) if part)
    return " && ".join(filter(None, [f"cd {shlex.quote(folder)}", shlex.join(before), words]))


def _powershell_words(words: Sequence[str]) -> str:
    return " ".join(map(_in_powershell, words))


def _sh_assignment(name: str, value: str, path: str) -> str:
    first, _, rest = value.partition(":")
    if name == "PATH" and rest == path:
        return f'PATH={shlex.quote(first)}:"$PATH"'
    return f"{name}={shlex.quote(value)}"


def _powershell_assignment(name: str, value: str, path: str) -> str:
    first, _, rest = value.partition(";")
    if name == "PATH" and rest == path:
        return f"$env:PATH={_in_powershell(first + ';')} + $env:PATH"
    return f"$env:{name}={_in_powershell(value)}"


def _in_powershell(word: str) -> str:
    """Quote a word for PowerShell, where a quote inside single quotes is doubled."""
    return "'" + word.replace("'", "''") + "'"
