"""The log as it is taken in: whole lines, bounded, what is lost counted."""

from __future__ import annotations

import functools
import itertools
import threading
from collections.abc import Iterator, Sequence

import pytest

from lab_helpers.board.events import Crossing, Event, FilterSaid, LinesDropped
from lab_helpers.envoy import log as log_module
from lab_helpers.envoy.log import Log, lines_of
from lab_helpers.envoy.log_queue import LogQueue

TRACE = b"2026-11-27T12:00:00.000000+00:00|7|trace|wasm|[host->vm] proxy_on_tick(1)\n"
SAID = b"2026-11-27T12:00:00.000000+00:00|7|info|wasm|wasm log f f: hello\n"


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([], []),
        ([b"a\n", b"b\n"], ["a\n", "b\n"]),
        ([b"a\nb\nc"], ["a\n", "b\n", "c"]),
        ([b"a long ", b"line\nand ", b"more\n"], ["a long line\n", "and more\n"]),
        ([b"caf\xc3", b"\xa9\n"], ["café\n"]),
        ([b"\xff\n"], ["\ufffd\n"]),
    ],
)
def test_lines_are_whole_however_they_come(chunks: list[bytes], lines: list[str]) -> None:
    assert list(itertools.chain.from_iterable(lines_of(chunks))) == lines


def test_a_queue_that_is_full_drops_the_trace_and_counts_it() -> None:
    queue = LogQueue(most_bytes=len(TRACE) + 10)
    queue.put(TRACE)
    queue.put(TRACE + SAID + TRACE)
    assert queue.get() == (TRACE + SAID, 2)
    queue.put(TRACE)
    assert queue.get() == (TRACE, 0)


def test_a_line_that_was_cut_where_the_queue_filled_stays_whole() -> None:
    queue = LogQueue(most_bytes=len(TRACE))
    queue.put(TRACE[:60])
    queue.put(TRACE[60:] + TRACE[:30])
    queue.put(TRACE[30:] + SAID)
    queue.close()
    assert queue.get() == (TRACE + SAID, 1)
    assert queue.get() == (b"", 0)


def test_other_lines_are_dropped_where_even_they_fill_it_twice() -> None:
    queue = LogQueue(most_bytes=len(SAID))
    for _ in range(10):
        queue.put(SAID)
    whole, dropped = queue.get()
    assert whole.count(b"\n") + dropped == 10
    assert len(whole) <= 3 * len(SAID)


@pytest.mark.parametrize("size", [1, 7, 64, 1_000])
def test_nothing_is_lost_while_there_is_room_however_it_comes(size: int) -> None:
    queue, text = LogQueue(), (TRACE + SAID) * 5
    for begin in range(0, len(text), size):
        queue.put(text[begin : begin + size])
    queue.close()
    assert queue.get() == (text, 0)


class _Said:
    """An Envoy that said something, and ended."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = pieces

    def pieces(self) -> Iterator[bytes]:
        yield from self._pieces

    def take(self, line: str, event: Event | None) -> bool:
        del line, event
        return True


def taken(*pieces: bytes) -> tuple[Log, list[Event]]:
    """Return a log that was taken in whole, and its events."""
    events: list[Event] = []
    told = threading.Event()

    def record(more: Sequence[Event]) -> None:
        events.extend(more)

    def fail(error: BaseException) -> None:
        raise error

    log = Log(_Said(*pieces), record, lambda _: told.set(), lambda _: None, fail)  # type: ignore[arg-type]
    log.start()
    assert log.ended.wait(10)
    return log, events


def test_the_trace_is_read_and_not_kept_as_lines() -> None:
    log, events = taken(TRACE, SAID)
    assert [type(event) for event in events] == [Crossing, FilterSaid]
    assert log.lines == (SAID.decode(),)


def test_a_filters_debug_lines_that_come_along_with_the_trace_are_not_kept() -> None:
    debug = SAID.replace(b"|info|", b"|debug|")
    log, _events = taken(debug, SAID)
    assert log.lines == (SAID.decode(),)


def test_long_lines_are_cut_and_old_ones_go_so_that_memory_is_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Room for all: what is looked at here is what is kept of lines that were read.
    monkeypatch.setattr(log_module, "LogQueue", functools.partial(LogQueue, most_bytes=1 << 30))
    long = SAID.replace(b"hello", b"x" * 1_000_000)
    log, events = taken(*[long] * 100)
    assert sum(map(len, log.lines)) <= 4 << 20
    assert "cut: 1,000,0" in log.lines[-1]
    assert all(len(event.text) < 20_000 for event in events if isinstance(event, FilterSaid))
    assert not any(isinstance(event, LinesDropped) for event in events)
