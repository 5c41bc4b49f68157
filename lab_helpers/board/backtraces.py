"""Read what the log tells of a VM that failed: the panic's words, and where in the code it was."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from lab_helpers.board.events import Event, Panicked, VmFailed
from lab_helpers.board.sdk_names import callback_name

__all__ = ["Failure", "failures", "go_places"]

# V8's lines in Envoy's report: `  2:  0x8098 - main.deeper`; the number is one of the file's bytes.
_FRAME = re.compile(r"^\s*\d+:\s+0x(?P<offset>[0-9a-f]+) - (?P<name>.+)$", re.MULTILINE)
# Standard Go's trace: a tab, the file, the line, and how far into the function it was.
_GO_PLACE = re.compile(r"(?P<file>/[^\t\n]*?\.go):(?P<line>\d+)")


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """A VM that failed.

    Attributes:
        time: When, in seconds since the epoch.
        tid: The thread that it ran on.
        function: The callback that it failed in, as the ABI names it.
        panic: What Go panicked with; "" where it did not panic, but trapped.
        trap: What the runtime says, as in `Uncaught RuntimeError: unreachable`.
        offsets: Where each call stands in the module's file, the innermost first.
        trace: The goroutine's trace, where standard Go compiled the filter; "" else.
    """

    time: float
    tid: int
    function: str
    panic: str
    trap: str
    offsets: tuple[int, ...] = ()
    trace: str = ""

    @property
    def callback(self) -> str:
        """Return the callback as the SDK names it."""
        return callback_name(self.function)

    @property
    def words(self) -> str:
        """Return why it failed: the panic's words, or the trap's."""
        return f"panic: {self.panic}" if self.panic else self.trap


def failures(events: Sequence[Event]) -> list[Failure]:
    """Return the VMs that failed, in order.

    Args:
        events: What the log told.
    """
    found: list[Failure] = []
    panics: dict[int, Panicked] = {}
    failed: set[int] = set()
    for event in events:
        match event:
            case Panicked():
                panics[event.tid] = event
            case VmFailed():
                panic = panics.pop(event.tid, None)
                trap, _, stack = event.reason.partition("\n")
                # Envoy may report one failure again, for each callback that it can no longer make.
                if panic is None and event.tid in failed and not stack:
                    continue
                failed.add(event.tid)
                found.append(
                    Failure(
                        time=event.time,
                        tid=event.tid,
                        function=event.function,
                        panic=panic.reason.strip() if panic else "",
                        trap=trap,
                        offsets=tuple(int(m["offset"], 16) for m in _FRAME.finditer(stack)),
                        trace=panic.trace if panic else "",
                    )
                )
            case _:
                pass
    return found


def go_places(trace: str) -> list[tuple[str, int]]:
    """Return the files and lines of a goroutine's trace, the innermost first.

    Args:
        trace: The trace.
    """
    return [(match["file"], int(match["line"])) for match in _GO_PLACE.finditer(trace)]
