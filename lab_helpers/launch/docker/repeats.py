"""Leave out the lines that Docker sends twice as it rotates a log.

Whoever follows a container's log gets the last lines before a rotation once more after it (measured
with Docker 20.10 and the driver json-file). Envoy's lines of one thread are in order of time, so a
line that is older than the thread's last, and was there before, is such a one.
"""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator

__all__ = ["unrepeated"]

_REMEMBERED = 100_000


def unrepeated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the whole lines of a log, each once.

    Args:
        pieces: The log as the engine sends it, cut anywhere.
    """
    recent = _Recent()
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        kept = [line + b"\n" for line in lines if not recent.has(line)]
        if kept:
            yield b"".join(kept)
    if rest:
        yield rest


class _Recent:
    """The last lines, and the newest moment of each thread."""

    def __init__(self) -> None:
        self._newest: dict[bytes, bytes] = {}
        self._order: collections.deque[int] = collections.deque()
        self._hashes: collections.Counter[int] = collections.Counter()

    def has(self, line: bytes) -> bool:
        """Return whether a line was there before; remember it."""
        stamp, _, rest = line.partition(b"|")
        tid, bar, _ = rest.partition(b"|")
        if not bar:
            return False
        key = hash(line)
        # Stamps have one form, so they sort as times do; one moment may have several lines.
        if stamp <= self._newest.get(tid, b"") and self._hashes[key]:
            return True
        self._newest[tid] = max(stamp, self._newest.get(tid, b""))
        self._order.append(key)
        self._hashes[key] += 1
        if len(self._order) > _REMEMBERED:
            oldest = self._order.popleft()
            self._hashes[oldest] -= 1
            if not self._hashes[oldest]:
                del self._hashes[oldest]
        return False
