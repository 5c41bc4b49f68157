"""The whole picture at one moment: events go in, an immutable snapshot comes out.

Plain Python: no widgets, no drawing, no input or output.
"""

from __future__ import annotations

import collections
import dataclasses
from types import MappingProxyType

from lab_helpers.board.call_rate import CallRate
from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Event,
    FetchEnded,
    FilterSaid,
    LogEvent,
    Panicked,
    RequestAnswered,
    SettingsRefused,
    ThreadsNamed,
    Ticked,
    TokenAsked,
    VmFailed,
    VmStarted,
)
from lab_helpers.board.snapshot import Snapshot, Thread, Tick, Token, VmChange, reading_order

__all__ = ["Board"]

# What is kept of the past, so that an hour's run does not grow: ticks by thread, and lines.
_TICKS_KEPT = 600
_LINES_KEPT = 200
_TOKENS_KEPT = 512
_CHANGES_KEPT = 16


@dataclasses.dataclass(slots=True)
class _ThreadState:
    """What the board keeps of one thread; `Thread` is its frozen picture."""

    tid: int
    name: str
    vm: str = ""
    vms: int = 0
    ticks: int = 0
    fetches: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    token: tuple[str, float] | None = None
    failure: str = ""
    responses: int = 0
    last_response: RequestAnswered | None = None
    first_tick: float | None = None
    first_token: float | None = None
    recent: dict[tuple[str, int], Tick] = dataclasses.field(default_factory=dict)
    changes: collections.deque[VmChange] = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=_CHANGES_KEPT)
    )


class Board:
    """Keep the picture. Not safe for several threads: whoever shares it guards it."""

    def __init__(self) -> None:
        self._threads: dict[int, _ThreadState] = {}
        self._names: dict[int, str] = {}
        # Each VM: how many were heard of before it, and when it was. An old VM that still finishes
        # its last reply must not take a thread back from the VM that replaced it.
        self._heard: dict[str, tuple[int, float]] = {}
        self._tick_ms = 0
        self._calls = 0
        self._call_rate = CallRate()
        self._expiry: dict[str, float] = {}
        self._lines: collections.deque[FilterSaid | Panicked | VmFailed | SettingsRefused] = (
            collections.deque(maxlen=_LINES_KEPT)
        )
        self._lines_total = 0
        self._early: dict[str, list[RequestAnswered]] = {}
        self._events = 0

    def apply(self, event: Event) -> None:
        """Take one event in.

        Args:
            event: Any event; one that changes nothing on the board is only counted.
        """
        self._events += 1
        match event:
            case ThreadsNamed():
                self._name_threads(event)
            case TokenAsked():
                self._count_call(event)
            case RequestAnswered():
                self._keep_response(event)
            case VmStarted():
                self._start_vm(event)
            case Ticked():
                self._tick(event)
            case CalloutSent() | CalloutRefused() | FetchEnded():
                self._follow_callout(event)
            case VmFailed():
                self._keep_line(event)
                self._fail_vm(event)
            case FilterSaid() | Panicked() | SettingsRefused():
                self._keep_line(event)
            case _:
                pass

    def snapshot(self, now: float) -> Snapshot:
        """Freeze the picture.

        Args:
            now: The moment of the picture, in seconds since the epoch.

        Returns:
            An immutable copy that later events leave alone.
        """
        states = sorted(self._threads.values(), key=lambda state: reading_order(state.name))
        return Snapshot(
            time=now,
            threads=tuple(self._freeze(state) for state in states),
            tick_ms=self._tick_ms,
            calls=self._calls,
            calls_per_period=self._call_rate.per_period(self._tick_ms / 1000, now),
            lines=tuple(self._lines),
            lines_total=self._lines_total,
            events=self._events,
        )

    def _freeze(self, state: _ThreadState) -> Thread:
        token = None
        if state.token is not None:
            fingerprint, since = state.token
            token = Token(fingerprint, since, self._expiry.get(fingerprint, 0.0))
        return Thread(
            name=state.name,
            tid=state.tid,
            vm=state.vm,
            vms=state.vms,
            ticks=state.ticks,
            fetches=MappingProxyType(dict(state.fetches)),
            token=token,
            failure=state.failure,
            responses=state.responses,
            last_response=state.last_response,
            recent=tuple(state.recent.values()),
            changes=tuple(state.changes),
            first_tick=state.first_tick,
            first_token=state.first_token,
        )

    def _state(self, event: LogEvent) -> _ThreadState:
        state = self._threads.get(event.tid)
        if state is None:
            name = self._names.get(event.tid, f"thread {event.tid}")
            state = self._threads[event.tid] = _ThreadState(event.tid, name)
        return state

    def _name_threads(self, event: ThreadsNamed) -> None:
        for tid, name in event.names:
            self._names[tid] = name
            state = self._threads.setdefault(tid, _ThreadState(tid, name))
            state.name = name
            for answered in self._early.pop(name, ()):
                self._keep_response(answered)

    def _start_vm(self, event: VmStarted) -> None:
        self._tick_ms = event.tick_ms
        self._heard.setdefault(event.vm, (len(self._heard), event.time))
        state = self._state(event)
        # The main thread starts VMs that never run (the base VM, and one that checks each load),
        # so a start alone does not take a living VM's place: its first event will.
        if not state.vm or state.failure:
            self._enter_vm(state, event.vm, event.time)

    def _keep_line(self, event: FilterSaid | Panicked | VmFailed | SettingsRefused) -> None:
        self._lines.append(event)
        self._lines_total += 1

    def _fail_vm(self, event: VmFailed) -> None:
        state = self._state(event)
        # Envoy may report one failure several times, once for each callback it can no longer make.
        if not state.failure:
            failure = f"{event.function}: {event.reason}"
            state.failure = failure
            state.changes.append(VmChange(event.time, state.vm, failure))

    def _enter_vm(self, state: _ThreadState, vm: str, time: float) -> bool:
        """Make `vm` the thread's present VM; answer whether it is (an older one is not)."""
        order, began = self._heard.setdefault(vm, (len(self._heard), time))
        if state.vm == vm:
            return True
        if state.vm and order < self._heard[state.vm][0]:
            return False
        # A VM that started and was replaced before it did anything is none that the thread ran.
        ran = any(key[0] == state.vm for key in state.recent)
        state.vms = state.vms + 1 if ran or not state.vms else state.vms
        if state.changes and not ran and not state.changes[-1].failure:
            state.changes.pop()
        state.changes.append(VmChange(began, vm))
        state.vm, state.token, state.failure = vm, None, ""
        return True

    def _tick(self, event: Ticked) -> None:
        state = self._state(event)
        self._enter_vm(state, event.vm, event.time)
        state.ticks += 1
        state.first_tick = state.first_tick or event.time
        state.recent[event.vm, event.n] = Tick(event.time, event.vm, event.n)
        while len(state.recent) > _TICKS_KEPT:
            del state.recent[next(iter(state.recent))]

    def _follow_callout(self, event: CalloutSent | CalloutRefused | FetchEnded) -> None:
        state = self._state(event)
        current = self._enter_vm(state, event.vm, event.time)
        key = (event.vm, event.n)
        tick = state.recent.get(key)
        change: dict[str, float | str | int] = {}
        match event:
            case CalloutSent():
                change = {"sent": event.time}
            case CalloutRefused():
                state.fetches["refused"] += 1
                change = {"ended": event.time, "outcome": "refused"}
            case FetchEnded():
                state.fetches[event.outcome] += 1
                if event.outcome == "ok":
                    state.first_token = state.first_token or event.time
                change = {"ended": event.time, "outcome": event.outcome, "status": event.status}
                if current and event.outcome == "ok":
                    state.token = (event.token, event.time)
        if tick is not None:
            state.recent[key] = dataclasses.replace(tick, **change)  # type: ignore[arg-type]

    def _keep_response(self, event: RequestAnswered) -> None:
        for state in self._threads.values():
            if state.name == event.worker:
                state.responses += 1
                state.last_response = event
                return
        self._early.setdefault(event.worker, []).append(event)

    def _count_call(self, event: TokenAsked) -> None:
        self._calls += 1
        self._call_rate.count(event.vm, event.time)
        if event.token:
            self._expiry[event.token] = event.expires_at
            while len(self._expiry) > _TOKENS_KEPT:
                del self._expiry[next(iter(self._expiry))]
