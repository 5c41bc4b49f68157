"""Take an Envoy's log in: one thread drains it, and another reads what it drained."""

from __future__ import annotations

import collections
import math
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from lab_helpers.board.events import (
    Crossing,
    Event,
    LinesDropped,
    ModuleLoaded,
    OddTrace,
    VmCreated,
    VmEnded,
)
from lab_helpers.board.levels import USUAL_LEVEL, is_shown
from lab_helpers.board.panics import PanicPieces
from lab_helpers.board.parsing import parse_event
from lab_helpers.envoy.log_queue import LogQueue
from lab_helpers.launch import EnvoyProcess
from lab_helpers.tokens import without_tokens

__all__ = ["Log", "lines_of"]

_LINES_KEPT = 5_000
_BYTES_KEPT = 4 << 20
# A crash of standard Go's writes thousands of lines; what was said first tells why.
_FIRST_BYTES_KEPT = 256 << 10
_LONGEST_LINE = 64 << 10
_LONGEST_UNENDED = 4 << 20
_BATCH = 2_000
_OF_THE_TRACE = (Crossing, ModuleLoaded, OddTrace, VmCreated, VmEnded)
_PACE_S = 0.5
# Most lines hold neither, and to look for these is quick.
_MAY_HOLD_A_TOKEN = ("eyJ", "', '", r"\r\n")


class Log:
    """The log of one launched Envoy.

    Envoy's workers block while the pipe of their log is full, so the first thread only drains it.
    The second makes events of the lines. Between them is a queue that is bounded in bytes.

    Args:
        process: The Envoy.
        record: Takes the events; called in the reading thread.
        hasten: Is told the lines a second, twice a second; called in the draining thread.
        lag: Is told by how many seconds the reading is behind; called in the reading thread.
        failed: Is told what ended one of the threads early.
        level: From which level on a filter's own lines are kept.
    """

    def __init__(
        self,
        process: EnvoyProcess,
        record: Callable[[Sequence[Event]], None],
        hasten: Callable[[float], None],
        lag: Callable[[float], None],
        failed: Callable[[BaseException], None],
        level: str = USUAL_LEVEL,
    ) -> None:
        self._process = process
        self._record = record
        self._hasten = hasten
        self._lag = lag
        # A container's clock may be another than ours: only what is added to this counts.
        self._least_lag = math.inf
        self._queue = LogQueue()
        self._panics = PanicPieces()
        self._lines: collections.deque[str] = collections.deque()
        self._bytes = 0
        self._kept = 0
        self._first: list[str] = []
        self._first_bytes = 0
        self._lock = threading.Lock()
        self._drainer = threading.Thread(target=self._drain, name="envoy-log", daemon=True)
        self._reader = threading.Thread(target=self._read, name="envoy-events", daemon=True)
        self._failed = failed
        self._level = level
        self.ended = threading.Event()

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the last lines, oldest first, but for the trace of the crossings."""
        with self._lock:
            return tuple(self._lines)

    @property
    def story(self) -> tuple[str, ...]:
        """Return the first lines as well, where they are no longer among the last ones."""
        with self._lock:
            return (*self._first, *self._lines)

    @property
    def kept(self) -> int:
        """Return how many lines were kept so far, those that were let go since included."""
        with self._lock:
            return self._kept

    def since(self, kept: int) -> tuple[str, ...]:
        """Return the lines that came after a moment, as far as they are still there.

        Args:
            kept: What `kept` was at that moment.
        """
        with self._lock:
            return tuple(self._lines)[max(kept - self._kept + len(self._lines), 0) :]

    def start(self) -> None:
        """Begin to take it in."""
        self._drainer.start()
        self._reader.start()

    def join(self, timeout_s: float) -> None:
        """Wait until all is taken in; Envoy has ended, or is about to.

        Args:
            timeout_s: How long at most, in seconds.
        """
        if self._reader.is_alive():
            self._reader.join(timeout_s)

    def _drain(self) -> None:
        pace = _Pace(self._hasten)
        try:
            for piece in self._process.pieces():
                self._queue.put(piece)
                pace.note(piece.count(b"\n"))
        except BaseException as error:  # noqa: BLE001  # whoever asks how the run does is told
            self._failed(error)
        finally:
            self._queue.close()

    def _read(self) -> None:
        try:
            for lines in lines_of(self._pieces()):
                for begin in range(0, len(lines), _BATCH):
                    self._take_all(lines[begin : begin + _BATCH])
        except BaseException as error:  # noqa: BLE001  # whoever asks how the run does is told
            self._failed(error)
        finally:
            self.ended.set()

    def _take_all(self, lines: Sequence[str]) -> None:
        read = (event for line in lines if (event := self._take(line)) is not None)
        events = list(self._panics.joined(read))
        if events:
            self._record(events)
            lag = time.time() - events[-1].time
            self._least_lag = min(lag, self._least_lag)
            self._lag(lag - self._least_lag)

    def _pieces(self) -> Iterator[bytes]:
        while True:
            piece, dropped = self._queue.get()
            if dropped:
                self._record([LinesDropped(time.time(), dropped)])
            if not piece:
                return
            yield piece

    def _take(self, line: str) -> Event | None:
        event = parse_event(line)
        wanted = self._process.take(line, event)
        # A filter's debug lines come along with the trace, though nobody asked for them.
        if wanted and not isinstance(event, _OF_THE_TRACE) and self._is_asked_for(event):
            self._keep(line)
        return event

    def _is_asked_for(self, event: Event | None) -> bool:
        return event is None or is_shown(event, self._level)

    def _keep(self, line: str) -> None:
        if len(line) > _LONGEST_LINE:
            line = f"{line[:_LONGEST_LINE]}… (cut: {len(line):,} characters)\n"
        # A crash report of Envoy's quotes whole the request that it was at work on, or its answer.
        if any(sign in line for sign in _MAY_HOLD_A_TOKEN):
            line = without_tokens(line)
        with self._lock:
            self._lines.append(line)
            self._kept += 1
            self._bytes += len(line)
            while len(self._lines) > _LINES_KEPT or self._bytes > _BYTES_KEPT:
                oldest = self._lines.popleft()
                self._bytes -= len(oldest)
                if self._first_bytes + len(oldest) <= _FIRST_BYTES_KEPT:
                    self._first.append(oldest)
                    self._first_bytes += len(oldest)


class _Pace:
    """Tell how many lines a second come."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._began = time.monotonic()
        self._count = 0

    def note(self, lines: int) -> None:
        self._count += lines
        passed = time.monotonic() - self._began
        if passed >= _PACE_S:
            self._tell(self._count / passed)
            self._began, self._count = time.monotonic(), 0


def lines_of(pieces: Iterable[bytes]) -> Iterator[list[str]]:
    """Yield the lines that each piece ends, for a piece may cut a line anywhere.

    Args:
        pieces: The log as it came.
    """
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > _LONGEST_UNENDED:
            whole.append(rest)
            rest = b""
        if whole:
            yield [f"{line.decode(errors='replace')}\n" for line in whole]
    if rest:
        yield [rest.decode(errors="replace")]
