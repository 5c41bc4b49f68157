"""What a lab may leave behind, and must not: processes, runs, containers, temporary files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psutil

from lab_helpers.folders import runs_folder

__all__ = ["Traces"]

_END_S = 10.0


class Traces:
    """What is there before, to tell what has come since.

    Args:
        temporary: Where temporary files are made, by nobody else.
        others: Returns processes of the tests' own, which may come and go.
    """

    def __init__(self, temporary: Path, others: Callable[[], set[psutil.Process]]) -> None:
        self._others = others
        self._folder = temporary
        self._processes = self._children()
        self._temporary = self._files()

    def left(self) -> list[str]:
        """Return what has come since, in words; what is just ending is waited for."""
        fresh = self._children() - self._processes - self._others()
        _, alive = psutil.wait_procs(fresh, _END_S)
        return [
            *(f"process {each.pid}: {' '.join(each.cmdline())[:200]}" for each in alive),
            *(f"run {each}" for each in runs_folder().iterdir()),
            *(f"temporary file {each}" for each in sorted(self._files() - self._temporary)),
        ]

    @staticmethod
    def _children() -> set[psutil.Process]:
        return set(psutil.Process().children(recursive=True))

    def _files(self) -> set[Path]:
        return set(self._folder.iterdir())
