"""Put the crossings of one thread into a tree: callbacks, and the calls that they made, nested."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

from lab_helpers.board.events import Crossing, Event, LogEvent, Panicked, Step, VmFailed

__all__ = ["BOOKKEEPING", "MEMORY", "WASI", "Call", "Entry", "grow"]

MEMORY = frozenset({"proxy_on_memory_allocate", "malloc"})
"""How Envoy asks a module for memory to write an answer into."""

BOOKKEEPING = frozenset({"proxy_set_effective_context"})
"""What an SDK calls by itself, before it calls a person's code."""

WASI = "wasi_snapshot_preview1."
"""What begins the names of the system calls of a language's runtime; Envoy answers them, too."""

# What a runtime asks by itself, without a line of the filter's that wants it.
_RUNTIME = frozenset(
    WASI + name for name in ("clock_time_get", "poll_oneoff", "random_get", "sched_yield")
)
_OK = 0
_NOT_FOUND = 1
_EMPTY = 7
# Answers that say that there is nothing; asked for is asked for, so they are no failures.
_NOTHING_THERE = {
    "proxy_get_header_map_value": {_NOT_FOUND},
    "proxy_get_header_map_pairs": {_NOT_FOUND},
    "proxy_get_buffer_bytes": {_NOT_FOUND},
    "proxy_get_property": {_NOT_FOUND},
    "proxy_get_shared_data": {_NOT_FOUND},
    "proxy_dequeue_shared_queue": {_EMPTY},
}
# What a callback returns where it has nothing to say: an HTTP callback's `continue` is 0, and
# `proxy_on_done` says with 1 that it is done.
_USUAL = {"proxy_on_done": 1, "proxy_on_vm_start": 1, "proxy_on_configure": 1}


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A module called Envoy.

    Attributes:
        function: The host's function, as the ABI names it.
        arguments: What was handed over.
        begin_us: When, in microseconds since the request was sent.
        end_us: When it was answered; None where it was not.
        result: The answer, a status of the ABI; None where there was none.
        entries: What Envoy called in the module meanwhile.
    """

    function: str
    arguments: tuple[int, ...]
    begin_us: int
    end_us: int | None = None
    result: int | None = None
    entries: tuple[Entry, ...] = ()

    @property
    def failed(self) -> bool:
        """Return whether Envoy refused it, or never answered."""
        if self.function.startswith(WASI):
            return bool(self.result)
        if self.result is None:
            return self.end_us is None
        return self.result != _OK and self.result not in _NOTHING_THERE.get(self.function, ())


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """Envoy entered a module.

    Attributes:
        function: The callback, as the ABI names it.
        arguments: What was handed over; the first is the context.
        begin_us: When, in microseconds since the request was sent.
        end_us: When it came back; None where it did not.
        result: What it returned; None for nothing.
        calls: What it called in Envoy, in order.
        failure: Why the VM failed in it, in the words of the panic or of Envoy; "" else.
    """

    function: str
    arguments: tuple[int, ...]
    begin_us: int
    end_us: int | None = None
    result: int | None = None
    calls: tuple[Call, ...] = ()
    failure: str = ""

    @property
    def context(self) -> int:
        """Return the number of the context that it is about; 0 where it is about none."""
        return self.arguments[0] if self.arguments and self.function not in MEMORY else 0

    @property
    def work(self) -> tuple[Call, ...]:
        """Return its calls without those that an SDK or a language's runtime makes by itself."""
        return tuple(call for call in self.calls if call.function not in BOOKKEEPING | _RUNTIME)

    @property
    def did_something(self) -> bool:
        """Return whether it called Envoy, held something back, or failed."""
        unusual = self.result not in (None, _USUAL.get(self.function, 0))
        return bool(self.work) or unusual or bool(self.failure)

    @property
    def allocations(self) -> int:
        """Return how often Envoy asked the module for memory in it."""
        return sum(
            inner.allocations + (inner.function in MEMORY)
            for call in self.calls
            for inner in call.entries
        )


@dataclasses.dataclass(slots=True)
class _Open:
    """What is under way: a callback, or a call in it."""

    crossing: Crossing
    inside: list[_Open] = dataclasses.field(default_factory=list)
    end: Crossing | None = None
    failure: str = ""


def grow(events: Sequence[Event], tid: int, origin: float) -> tuple[Entry, ...]:
    """Make the tree of one thread.

    Args:
        events: What the log told, in its order; of other threads as well.
        tid: The thread.
        origin: From when on, in seconds since the epoch; times count from here.

    Returns:
        The entries that began since then, in order.
    """
    roots: list[_Open] = []
    pile: list[_Open] = []
    panic = ""
    for event in _of_thread(events, tid):
        match event:
            case Crossing():
                _take(event, roots, pile)
            case Panicked():
                panic = f"panic: {event.reason}"
            case VmFailed():
                failing = pile[0] if pile else None
                if failing is not None:
                    failing.failure = panic or event.reason.splitlines()[0]
                pile.clear()
                panic = ""
            case _:
                pass
    return tuple(_entry(root, origin) for root in roots if root.crossing.time >= origin)


def _of_thread(events: Sequence[Event], tid: int) -> Iterator[Event]:
    return (event for event in events if isinstance(event, LogEvent) and event.tid == tid)


def _take(crossing: Crossing, roots: list[_Open], pile: list[_Open]) -> None:
    if crossing.step in (Step.ENTERED, Step.CALLED):
        # Only a call can lead to another callback, and only a callback to a call: what lies between
        # ended unseen.
        wanted = Step.CALLED if crossing.step is Step.ENTERED else Step.ENTERED
        while pile and pile[-1].crossing.step is not wanted:
            pile.pop()
        opened = _Open(crossing)
        if pile:
            pile[-1].inside.append(opened)
        elif crossing.step is Step.ENTERED:
            roots.append(opened)
        else:
            return  # a call of a callback that began unseen
        pile.append(opened)
        return
    began = Step.ENTERED if crossing.step is Step.LEFT else Step.CALLED
    for depth in range(len(pile) - 1, -1, -1):
        opened = pile[depth]
        if opened.crossing.step is began and opened.crossing.function == crossing.function:
            opened.end = crossing
            del pile[depth:]
            return


def _entry(opened: _Open, origin: float) -> Entry:
    crossing, end = opened.crossing, opened.end
    return Entry(
        function=crossing.function,
        arguments=crossing.arguments,
        begin_us=_us(crossing, origin),
        end_us=_us(end, origin) if end else None,
        result=end.result if end else None,
        calls=tuple(_call(inner, origin) for inner in opened.inside),
        failure=opened.failure,
    )


def _call(opened: _Open, origin: float) -> Call:
    crossing, end = opened.crossing, opened.end
    return Call(
        function=crossing.function,
        arguments=crossing.arguments,
        begin_us=_us(crossing, origin),
        end_us=_us(end, origin) if end else None,
        result=end.result if end else None,
        entries=tuple(_entry(inner, origin) for inner in opened.inside),
    )


def _us(crossing: Crossing, origin: float) -> int:
    return round((crossing.time - origin) * 1e6)
