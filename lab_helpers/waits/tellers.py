"""Where it is said what a person waits for: on JupyterLab's page, or in a terminal."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from comm.base_comm import BaseComm
    from rich.progress import Progress

__all__ = ["Teller", "Told", "teller_here"]

_TARGET = "envoy-wasm-lab:waits"
# Jupyter's server gives it to each kernel that it starts; one that runs a notebook with nobody
# before it, as nbclient does, has none.
_OF_A_PAGE = "JPY_SESSION_NAME"


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What is said of a wait.

    Attributes:
        what: What is being done: `Compiling token by TinyGo`.
        before: What is known of its length: `6.2 s last time`; "" for nothing.
    """

    what: str
    before: str


class Teller(Protocol):
    """Says it in one place."""

    def tell(self, told: Told) -> None:
        """Say it, in place of what was said before.

        Args:
            told: What.
        """

    def end(self) -> None:
        """Take it away: nothing of it stays."""


def teller_here() -> Teller | None:
    """Return who says it where this program's person looks; None where nobody does."""
    kernel = sys.modules.get("ipykernel.kernelapp")
    if kernel is not None and kernel.IPKernelApp.initialized():
        return OnThePage() if _OF_A_PAGE in os.environ else None
    return InTheTerminal() if sys.stderr.isatty() else None


class OnThePage:
    """Say it below the cell that runs, by the lab's part of JupyterLab (`jupyter/waits/`).

    That is no output of the cell: nothing of it is saved with the notebook.
    """

    def __init__(self) -> None:
        self._comm: BaseComm | None = None

    def tell(self, told: Told) -> None:
        """Say it."""
        data = dataclasses.asdict(told)
        if self._comm is None:
            # Loaded here: only a kernel has it loaded already.
            from comm import create_comm  # noqa: PLC0415

            self._comm = create_comm(target_name=_TARGET, data=data)
        else:
            self._comm.send(data)

    def end(self) -> None:
        """Take it away."""
        if self._comm is not None:
            self._comm.close()
            self._comm = None


class InTheTerminal:
    """Say it in the line below what was printed."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def tell(self, told: Told) -> None:
        """Say it."""
        from rich.markup import escape  # noqa: PLC0415  # who waits for nothing loads nothing

        text = escape(f"{told.what} ({told.before})" if told.before else told.what)
        if self._progress is None:
            self._progress = _progress()
            self._progress.add_task(text, total=None)
            self._progress.start()
        else:
            self._progress.update(self._progress.task_ids[0], description=text)

    def end(self) -> None:
        """Take it away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _progress() -> Progress:
    from rich.progress import (  # noqa: PLC0415  # as above
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    from lab_helpers.terminal import terminal  # noqa: PLC0415  # it loads rich

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    return Progress(*columns, console=terminal(stderr=True), transient=True)
