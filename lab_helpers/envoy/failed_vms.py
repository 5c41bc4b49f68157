"""Say which VMs of an Envoy failed: with what words, in which callback, at which line of Go."""

from __future__ import annotations

import dataclasses

from lab_helpers.board.backtraces import Failure, failures, go_places
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.go_lines import GoLine, go_line, own_line
from lab_helpers.compiling.modules import Module

__all__ = ["FailedVm", "failed_vms"]


@dataclasses.dataclass(frozen=True, slots=True)
class FailedVm:
    """A VM that failed.

    Attributes:
        thread: The thread that it ran on: `worker_0` and so on, or `main`.
        failure: What the log tells of it.
        line: The line of the filter's source that it failed at; None where that is not known.
    """

    thread: str
    failure: Failure
    line: GoLine | None = None

    @property
    def what(self) -> str:
        """Return what happened, in a sentence."""
        place = f", {self.line.place}" if self.line else ""
        return f"The VM of {self.thread} failed in {self.failure.callback}{place}."

    @property
    def quote(self) -> str:
        """Return Go's own words, and the line of source they come from."""
        if self.line is None or not self.line.text:
            return self.failure.words
        return f"{self.failure.words}\n{self.line}: {self.line.text}"

    @property
    def hint(self) -> str:
        """Return what to look at."""
        return f"look at {self.line or f'what {self.failure.callback} does'}, and run it again"


def failed_vms(picture: Snapshot, module: Module | None) -> list[FailedVm]:
    """Return the VMs that failed so far, in order.

    Args:
        picture: The board.
        module: The filter; None where the configuration names its own.
    """
    names = {thread.tid: thread.name for thread in picture.threads}
    return [
        FailedVm(names.get(failure.tid, f"thread {failure.tid}"), failure, _line(failure, module))
        for failure in failures(picture.failing)
    ]


def _line(failure: Failure, module: Module | None) -> GoLine | None:
    if module is None or module.folder is None:
        return None
    if failure.trace:
        return own_line(go_places(failure.trace), module.folder)
    return go_line(module, failure.offsets)
