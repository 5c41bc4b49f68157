"""Put together what standard Go says of a panic in some thirty pieces, each a line of the log.

TinyGo says `panic: TEXT` in one line. Standard Go writes `panic: `, then the text, then the trace
of the goroutine in pieces of a few bytes (measured with Go 1.26, Envoy 1.36 to 1.40). Envoy cuts
the line ends off, so a piece without text stands for one.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

from lab_helpers.board.events import Event, FilterSaid, LogEvent, Panicked, VmFailed

__all__ = ["PanicPieces", "reason_and_trace"]

_PIECES_MOST = 2_000
# A trace of standard Go's is some 2 KB; the board keeps hundreds of failures.
_CHARACTERS_MOST = 32_768
_LEVEL = "error"


class PanicPieces:
    """Hold the pieces of each thread's panic back until Envoy says that the VM failed."""

    def __init__(self) -> None:
        self._begun: dict[int, tuple[Panicked, list[str]]] = {}
        self._characters: dict[int, int] = {}

    def joined(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield the events, with each panic in one.

        Args:
            events: The log's events, in their order.
        """
        for event in events:
            if isinstance(event, LogEvent) and self._held(event):
                continue
            if isinstance(event, VmFailed) and event.tid in self._begun:
                yield self._panic(event.tid)
            yield event

    def _held(self, event: LogEvent) -> bool:
        """Return whether an event is a piece of a panic, and keep it if so."""
        if isinstance(event, Panicked) and not event.reason:
            self._begun[event.tid] = (event, [])
            self._characters[event.tid] = 0
            return True
        begun = self._begun.get(event.tid)
        if begun is None or not isinstance(event, FilterSaid) or event.level != _LEVEL:
            return False
        pieces = begun[1]
        room = _CHARACTERS_MOST - self._characters.get(event.tid, 0)
        if len(pieces) < _PIECES_MOST and room > 0:
            pieces.append(event.text[:room])
            self._characters[event.tid] = _CHARACTERS_MOST - room + len(pieces[-1])
        return True

    def _panic(self, tid: int) -> Panicked:
        began, pieces = self._begun.pop(tid)
        reason, trace = reason_and_trace(pieces)
        return dataclasses.replace(began, reason=reason, trace=trace)


def reason_and_trace(pieces: Sequence[str]) -> tuple[str, str]:
    """Return a panic's words, and the trace of its goroutine, from what came after `panic: `.

    Args:
        pieces: In their order.
    """
    # The text ends at the first line end; an error's own text may be in pieces as well.
    end = pieces.index("") if "" in pieces else len(pieces)
    return "".join(pieces[:end]).strip(), "".join(piece or "\n" for piece in pieces[end:]).strip()
