"""One round of `Envoy.watch`: what became of a save, stage by stage."""

from __future__ import annotations

import dataclasses
import time

from lab_helpers.compiling.commands import COMPILER_NAMES, Compiler
from lab_helpers.envoy.reloaded import Reloaded
from lab_helpers.errors import LabError

__all__ = ["Round"]


@dataclasses.dataclass(frozen=True, slots=True)
class Round:
    """What became of a save.

    Attributes:
        name: The filter.
        saved: When its newest file was written, in seconds since the epoch.
        compiler: Such as `tinygo` or `go`.
        verdict_s: When the emulator had tried it, in seconds since it was saved; 0 where it has
            not.
        compiled_s: When it was compiled, in seconds since it was saved.
        live_s: When each worker had answered with it, in seconds since it was saved; 0 where it
            is not live.
        reloaded: How long Envoy took; None where it is not live.
        problem: Why it is not live; the code that ran before serves on.
    """

    name: str
    saved: float
    compiler: Compiler
    verdict_s: float = 0.0
    compiled_s: float = 0.0
    live_s: float = 0.0
    reloaded: Reloaded | None = None
    problem: LabError | None = None

    def __str__(self) -> str:
        clock = time.strftime("%H:%M:%S UTC", time.gmtime(self.saved))
        said = f"{self.name} saved at {clock}"
        if self.verdict_s:
            said += f" → the emulator's verdict after {self.verdict_s:.1f} s"
        if self.compiled_s:
            said += f" → compiled by {COMPILER_NAMES[self.compiler]} after {self.compiled_s:.1f} s"
        if self.problem is not None:
            return f"{said} ✗ the code that ran serves on.\n{self.problem}"
        if self.reloaded is None:
            return said
        loaded = self.live_s - self.reloaded.answered_s
        return (
            f"{said} → loaded by Envoy after {loaded:.1f} s → every worker answered with it after"
            f" {self.live_s:.1f} s"
        )

    __repr__ = __str__
