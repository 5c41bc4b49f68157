"""Count what crosses between Envoy and the modules of one thread, in whatever language they are.

The trace names the thread and the context, never the VM: where a thread runs several VMs, these are
the thread's counts.
"""

from __future__ import annotations

import collections
import enum

from lab_helpers.board.abi import BODIES, CALLOUTS, CHANGES, HTTP, REPLIES, STARTING, TCP
from lab_helpers.board.events import Crossing, Step
from lab_helpers.board.vm_lives import VmLives

__all__ = ["COUNTED", "CrossingCounts", "Fact"]

# What is counted, in the order in which it is shown.
COUNTED = (
    "VM starts",
    "ticks",
    "callouts sent",
    "callouts refused",
    "callouts answered",
    "requests",
    "responses",
    "connections",
    "header changes",
    "body changes",
    "local replies",
    "metrics",
    "shared data",
    "queue messages",
    "log lines",
    "failures",
)

_STREAMS_KEPT = 4_096
_DEPTH_MOST = 64
_OK = 0
_NOT_FOUND = 1
_INTERNAL_FAILURE = 10


class Fact(enum.Enum):
    """What a crossing means to the thread's picture, besides a count."""

    TICK = enum.auto()
    CALLOUT_SENT = enum.auto()
    CALLOUT_REFUSED = enum.auto()
    REPLY = enum.auto()
    CALLBACK_ENDED = enum.auto()
    PERIOD = enum.auto()
    RUNS = enum.auto()


class CrossingCounts:
    """One thread's counts, and the callbacks that are under way on it.

    Attributes:
        counts: By what is counted; the words are those of `COUNTED`.
        lives: The thread's VMs.
        period_ms: The tick period that a VM asked for last, in milliseconds; None before.
        configured: Whether the newest VM has returned from its start (`proxy_on_configure`).
    """

    def __init__(self) -> None:
        self.counts: collections.Counter[str] = collections.Counter()
        self.lives = VmLives()
        self._before: collections.Counter[str] = collections.Counter()
        self._open: list[Crossing] = []
        self._streams: dict[int, str] = {}
        self._sent = 0
        self.period_ms: int | None = None
        self.configured = False

    @property
    def callback(self) -> str:
        """Return the outermost callback that is under way; "" where none is."""
        return self._open[0].function if self._open else ""

    @property
    def entered(self) -> float | None:
        """Return when the callback that is under way was entered; None where none is."""
        return self._open[0].time if self._open else None

    @property
    def sent(self) -> int:
        """Return the number of the newest VM's last HTTP callout, which counts them from 1."""
        return self._sent

    def create_vm(self, time: float) -> None:
        """Take in that Envoy made a VM.

        Args:
            time: When, in seconds since the epoch.
        """
        self._before = self.counts.copy()
        self.lives.create(time)
        self.counts["VM starts"] += 1
        self._sent = 0
        self.period_ms, self.configured = None, False
        self._streams.clear()
        self._open.clear()

    def end_vm(self) -> None:
        """Take in that Envoy took a VM away; the one that only tried a load is not counted."""
        if self.lives.end():
            self.counts = self._before  # what it did as it started is no work of one that stays

    def fail(self) -> None:
        """Take in that a callback failed: what is under way never comes back."""
        self.counts["failures"] += 1
        self._open.clear()
        self.lives.fail()

    def take(self, crossing: Crossing) -> Fact | None:
        """Count a crossing.

        Args:
            crossing: The crossing.

        Returns:
            What it means besides; None for nothing more.
        """
        match crossing.step:
            case Step.ENTERED:
                return self._enter(crossing)
            case Step.CALLED:
                if len(self._open) < _DEPTH_MOST:
                    self._open.append(crossing)
                return None
            case Step.ANSWERED:
                return self._answer(crossing)
            case Step.LEFT:
                return self._leave(crossing)

    def _enter(self, crossing: Crossing) -> Fact | None:
        # Only a call to the host can lead to another callback inside of one. Otherwise the one that
        # is open ended unseen: it failed, or the trace was off.
        while self._open and self._open[-1].step is Step.ENTERED:
            self._open.pop()
        outermost = not self._open
        self.lives.cross()
        self._open.append(crossing)
        function = crossing.function
        if outermost and function not in STARTING:
            self.lives.run()
        if function in HTTP or function in TCP:
            self._count_stream(crossing)
            if function == "proxy_on_response_headers":
                self.counts["responses"] += 1
        elif function == "proxy_on_context_create":
            self._open_stream(crossing)
        elif function == "proxy_on_delete":
            self._streams.pop(_argument(crossing, 0), None)
        elif function == "proxy_on_tick":
            self.counts["ticks"] += 1
            return Fact.TICK
        elif function in REPLIES:
            self.counts["callouts answered"] += 1
            return Fact.REPLY
        elif function == "proxy_on_grpc_close" and _argument(crossing, 2) != _OK:
            self.counts["callouts answered"] += 1
        return Fact.RUNS if outermost and function not in STARTING else None

    def _open_stream(self, crossing: Crossing) -> None:
        """Note a new context; one without a parent is a plugin's and no stream."""
        if _argument(crossing, 1):
            self._streams[_argument(crossing, 0)] = ""
            while len(self._streams) > _STREAMS_KEPT:
                del self._streams[next(iter(self._streams))]

    def _count_stream(self, crossing: Crossing) -> None:
        """Count a request or a connection at the first callback that is about it."""
        context = _argument(crossing, 0)
        if not self._streams.get(context):
            kind = "requests" if crossing.function in HTTP else "connections"
            self._streams[context] = kind
            self.counts[kind] += 1
            while len(self._streams) > _STREAMS_KEPT:
                del self._streams[next(iter(self._streams))]

    def _answer(self, crossing: Crossing) -> Fact | None:
        called = self._close(Step.CALLED, crossing.function)
        if called is None:
            return None
        function = crossing.function
        if function in CALLOUTS:
            # One that failed inside of Envoy has taken a number as well (measured, 1.40).
            if function == "proxy_http_call" and crossing.result in (_OK, _INTERNAL_FAILURE):
                self._sent += 1
            if crossing.result == _OK:
                self.counts["callouts sent"] += 1
                return Fact.CALLOUT_SENT
            self.counts["callouts refused"] += 1
            return Fact.CALLOUT_REFUSED
        if crossing.result == _OK:
            if function == "proxy_set_tick_period_milliseconds":
                self.period_ms = _argument(called, 0)
                return Fact.PERIOD
            counted = CHANGES.get(function)
            if counted and (counted != "body changes" or _argument(called, 0) in BODIES):
                self.counts[counted] += 1
        elif function == "proxy_get_shared_data" and crossing.result == _NOT_FOUND:
            self.counts["shared data"] += 1  # it was asked for, though nobody had set it
        return None

    def _leave(self, crossing: Crossing) -> Fact | None:
        self._close(Step.ENTERED, crossing.function)
        if crossing.function == "proxy_on_configure":
            self.configured = True
        return None if self._open else Fact.CALLBACK_ENDED

    def _close(self, step: Step, function: str) -> Crossing | None:
        """Take what ends off the pile, with what lies on it; None where it began unseen."""
        for depth in range(len(self._open) - 1, -1, -1):
            opened = self._open[depth]
            if opened.step is step and opened.function == function:
                del self._open[depth:]
                return opened
        return None


def _argument(crossing: Crossing, number: int) -> int:
    """Return an argument; 0 where a version hands over fewer."""
    return crossing.arguments[number] if number < len(crossing.arguments) else 0
