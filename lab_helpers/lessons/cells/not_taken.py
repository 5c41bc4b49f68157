"""Which cells of Go or YAML were refused before they were saved: their file is as it was."""

from __future__ import annotations

import dataclasses
import time

from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from lab_helpers.errors import ConfigurationError

__all__ = ["NotTaken", "cells_not_taken", "register"]

_MOST = 20


@dataclasses.dataclass(frozen=True, slots=True)
class NotTaken:
    """A cell that was refused.

    Attributes:
        head: The words of its first line, where that begins with `%`; none else.
        text: What stands below that line; all of it, where there is no such line.
        said: Why it was refused, in a sentence.
        at: When, in seconds since the epoch.
    """

    head: tuple[str, ...]
    text: str
    said: str
    at: float


def register(shell: InteractiveShell) -> None:
    """Note which cells of a notebook are refused.

    Args:
        shell: The notebook's.
    """
    _refused.clear()

    def note(result: ExecutionResult) -> None:
        error = result.error_before_exec or result.error_in_exec
        if result.info is None or not isinstance(error, ConfigurationError | SyntaxError):
            return
        cell = str(result.info.raw_cell).strip()
        first, _, rest = cell.partition("\n")
        is_head = first.startswith("%")
        said = error.what if isinstance(error, ConfigurationError) else "Python cannot read it."
        head = tuple(first.split()) if is_head else ()
        _refused.append(NotTaken(head, rest if is_head else cell, said, time.time()))
        del _refused[:-_MOST]

    shell.events.register("post_run_cell", note)


def cells_not_taken() -> tuple[NotTaken, ...]:
    """Return the cells that were refused of late, the last one first."""
    return tuple(reversed(_refused))


_refused: list[NotTaken] = []
