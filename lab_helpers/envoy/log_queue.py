"""What was drained of Envoy's log and not yet read: bounded in bytes; what is lost is counted."""

from __future__ import annotations

import collections
import threading

__all__ = ["LogQueue"]

# A second of all that eight workers can trace; Python parses it in some seconds more.
MOST_BYTES = 32 << 20
_TRACE = b"|trace|wasm|"
# A callback's lines come one by one, some tenths of a millisecond apart. To be woken for each costs
# more than to read it; nobody sees this much later.
_GATHERED_S = 0.005


class LogQueue:
    """Hand pieces of the log from the thread that drains it to the one that reads it.

    When it is full, lines of the trace are dropped first: there are thousands of them, and the
    board says how many are missing. Other lines are dropped when even they fill it twice.

    Args:
        most_bytes: How much it holds.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._pieces: collections.deque[bytes] = collections.deque()
        self._bytes = 0
        self._dropped = 0
        self._closed = threading.Event()
        self._changed = threading.Condition()
        # The begin of a line that a piece cut, while whole lines are being dropped.
        self._cut = b""
        self._mid_line = False

    def put(self, piece: bytes) -> None:
        """Take a piece in, or drop lines of it where there is no room.

        Args:
            piece: Some of the log, not always whole lines.
        """
        with self._changed:
            piece, self._cut = self._cut + piece, b""
            if self._bytes + len(piece) > self._most:
                piece = self._without_trace(piece)
            self._keep(piece)

    def close(self) -> None:
        """Say that no more comes."""
        with self._changed:
            self._keep(self._cut)
            self._cut = b""
            self._closed.set()
            self._changed.notify_all()

    def get(self) -> tuple[bytes, int]:
        """Wait for more, and return all there is.

        Returns:
            The bytes, and how many lines were dropped before or among them; b"" at the end.
        """
        with self._changed:
            while not self._pieces and not self._closed.is_set():
                self._changed.wait()
        self._closed.wait(_GATHERED_S)
        with self._changed:
            whole = b"".join(self._pieces)
            dropped, self._dropped = self._dropped, 0
            self._pieces.clear()
            self._bytes = 0
            return whole, dropped

    def _keep(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self._bytes += len(piece)
            self._mid_line = not piece.endswith(b"\n")
        self._changed.notify_all()

    def _without_trace(self, piece: bytes) -> bytes:
        """Return a piece's whole lines but for the trace's; the last one's begin waits for more."""
        *lines, self._cut = piece.split(b"\n")
        begun = lines[:1] if self._mid_line else []  # its beginning is in the queue already
        room = self._bytes < 2 * self._most
        kept = [line for line in lines[len(begun) :] if room and _TRACE not in line]
        self._dropped += len(lines) - len(begun) - len(kept)
        return b"".join(line + b"\n" for line in [*begun, *kept])
