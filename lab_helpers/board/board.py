"""The whole picture at one moment: events go in, an immutable snapshot comes out.

Plain Python: no widgets, no drawing, no input or output.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Callable
from typing import Any

from lab_helpers.board.call_rate import CallRate
from lab_helpers.board.crossing_counts import Fact
from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Crossing,
    EnvoyEnded,
    Event,
    FetchEnded,
    FilterSaid,
    LinesDropped,
    LogEvent,
    ModuleLoaded,
    OddTrace,
    Panicked,
    ReloadBegan,
    Reloaded,
    RequestAnswered,
    SeeingChanged,
    SettingsRefused,
    ThreadsNamed,
    Ticked,
    TokenAsked,
    TokenRead,
    UpdateRefused,
    VmCreated,
    VmEnded,
    VmFailed,
    VmStarted,
)
from lab_helpers.board.libraries import SharedLibrary
from lab_helpers.board.reloads import Reloads
from lab_helpers.board.seeing import Seeing
from lab_helpers.board.snapshot import Snapshot, VmChange, reading_order
from lab_helpers.board.threads import ThreadState

__all__ = ["Board"]

# What is kept of the past, so that an hour's run does not grow.
_LINES_KEPT = 200
_FAILING_KEPT = 256
_TOKENS_KEPT = 512
_VMS_KEPT = 4_096
_CALLS_KEPT = 2_048


class Board:
    """Keep the picture. Not safe for several threads: whoever shares it guards it."""

    def __init__(self) -> None:
        self._threads: dict[int, ThreadState] = {}
        self._names: dict[int, str] = {}
        # Each VM: how many were heard of before it, and when it was. An old VM that still finishes
        # its last reply must not take a thread back from the VM that replaced it.
        self._heard: dict[str, tuple[int, float]] = {}
        self._vms_heard = 0
        self._tick_ms = 0
        self._calls = 0
        self._asked: collections.deque[TokenAsked] = collections.deque(maxlen=_CALLS_KEPT)
        self._call_rate = CallRate()
        self._expiry: dict[str, float] = {}
        self._lines: collections.deque[FilterSaid | Panicked | VmFailed | SettingsRefused] = (
            collections.deque(maxlen=_LINES_KEPT)
        )
        self._lines_total = 0
        # Apart from the lines: what a filter goes on to say must not push a failure out.
        self._failing: collections.deque[Panicked | VmFailed] = collections.deque(
            maxlen=_FAILING_KEPT
        )
        self._early: dict[str, list[RequestAnswered]] = {}
        self._events = 0
        self._seeing = Seeing()
        self._reloads = Reloads()
        self._library = SharedLibrary()
        # By kind, as thousands come in a second. What is not here changes nothing on the board.
        self._takers: dict[type[Event], Callable[[Any], None]] = {
            CalloutRefused: self._follow_callout,
            CalloutSent: self._follow_callout,
            Crossing: self._cross,
            EnvoyEnded: self._library.end,
            FetchEnded: self._follow_callout,
            FilterSaid: self._keep_line,
            LinesDropped: self._note_dropped,
            ModuleLoaded: self._load_module,
            OddTrace: self._note_odd,
            Panicked: self._keep_panic,
            ReloadBegan: lambda _event: self._reloads.begin(self._threads),
            Reloaded: lambda it: self._reloads.end(it.time, self._threads, self._vms_heard),
            RequestAnswered: self._keep_response,
            SeeingChanged: self._see,
            SettingsRefused: self._keep_line,
            ThreadsNamed: self._name_threads,
            Ticked: self._tick,
            TokenAsked: self._count_call,
            TokenRead: self._read,
            UpdateRefused: lambda event: self._reloads.refuse(self._state(event)),
            VmCreated: self._create_vm,
            VmEnded: self._end_vm,
            VmFailed: self._fail_vm,
            VmStarted: self._start_vm,
        }

    @property
    def every_vm_spoke(self) -> bool:
        """Return whether each named thread has VMs, and each VM logged the lab's own start line."""
        named = [self._threads[tid] for tid in self._names]
        return bool(named) and all(state.crossings.lives.all_spoke for state in named)

    def apply(self, event: Event) -> None:
        """Take one event in.

        Args:
            event: Any event; one that changes nothing on the board is only counted.
        """
        self._events += 1
        take = self._takers.get(type(event))
        if take is not None:
            take(event)

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
            threads=self._library.spread([state.freeze(self._expiry) for state in states]),
            tick_ms=self._tick_ms,
            calls=self._calls,
            calls_per_period=self._call_rate.per_period(self._tick_ms / 1000, now),
            lines=tuple(self._lines),
            lines_total=self._lines_total,
            events=self._events,
            seeing=self._seeing,
            failing=tuple(self._failing),
            asked=tuple(self._asked),
        )

    def failure(self, name: str) -> str:
        """Return why a thread's VM runs no more code, without freezing the whole picture for it.

        Args:
            name: The thread's name.

        Returns:
            As `Thread.failure`; "" for a thread that is not known, too.
        """
        return next((each.failure for each in self._threads.values() if each.name == name), "")

    def _state(self, event: LogEvent) -> ThreadState:
        state = self._threads.get(event.tid)
        if state is None:
            name = self._names.get(event.tid, f"thread {event.tid}")
            state = self._threads[event.tid] = ThreadState(event.tid, name)
        return state

    def _name_threads(self, event: ThreadsNamed) -> None:
        for tid, name in event.names:
            self._names[tid] = name
            state = self._threads.setdefault(tid, ThreadState(tid, name))
            state.name = name
            for answered in self._early.pop(name, ()):
                self._keep_response(answered)

    def _start_vm(self, event: VmStarted) -> None:
        self._tick_ms = event.tick_ms or self._tick_ms
        self._hear(event.vm, event.time)
        self._library.start(event)
        state = self._state(event)
        state.crossings.lives.hear_start()
        state.told.start(event)
        # The main thread starts VMs that never run (the base VM, and one that checks each load),
        # so a start alone does not take a living VM's place: its first event will. In a reload the
        # last one to start is the one that stays.
        if not state.vm or state.failure or self._reloads.any:
            self._enter_vm(state, event.vm, event.time)

    def _keep_line(self, event: FilterSaid | Panicked | VmFailed | SettingsRefused) -> None:
        self._lines.append(event)
        self._lines_total += 1

    def _keep_panic(self, event: Panicked) -> None:
        self._keep_line(event)
        self._failing.append(event)

    def _fail_vm(self, event: VmFailed) -> None:
        self._keep_line(event)
        self._failing.append(event)
        self._state(event).fail(event)

    def _create_vm(self, event: VmCreated) -> None:
        self._state(event).crossings.create_vm(event.time)

    def _end_vm(self, event: VmEnded) -> None:
        state = self._state(event)
        if not self._reloads.ends_a_base(state.crossings.lives):
            state.crossings.end_vm()

    def _hear(self, vm: str, time: float) -> tuple[int, float]:
        """Note a VM when it is first heard of; return how many were before it, and when it was."""
        if vm not in self._heard:
            self._heard[vm] = (self._vms_heard, time)
            self._vms_heard += 1
            if len(self._heard) > _VMS_KEPT:
                del self._heard[next(iter(self._heard))]
        return self._heard[vm]

    def _load_module(self, event: ModuleLoaded) -> None:
        self._state(event).crossings.lives.load()
        self._reloads.load()

    def _enter_vm(self, state: ThreadState, vm: str, time: float) -> bool:
        """Make `vm` the thread's present VM; answer whether it is (an older one is not)."""
        order, began = self._hear(vm, time)
        if state.vm == vm:
            return True
        present = self._heard.get(state.vm, (0, 0.0))[0] if state.vm else state.gone
        if order < present:
            return False
        # A VM that started and was replaced before it did anything is none that the thread ran.
        ran = bool(state.failure) or state.ran
        state.vms = state.vms + 1 if ran or not state.vms else state.vms
        if state.changes and not ran and not state.changes[-1].failure:
            state.changes.pop()
        state.changes.append(VmChange(began, vm))
        state.vm, state.token, state.failure = vm, None, ""
        return True

    def _tick(self, event: Ticked) -> None:
        state = self._state(event)
        self._enter_vm(state, event.vm, event.time)
        state.tick(event)

    def _follow_callout(self, event: CalloutSent | CalloutRefused | FetchEnded) -> None:
        state = self._state(event)
        current = self._enter_vm(state, event.vm, event.time)
        state.follow_callout(event, current=current)

    def _read(self, event: TokenRead) -> None:
        state = self._state(event)
        if self._enter_vm(state, event.vm, event.time):
            state.read(event)

    def _cross(self, event: Crossing) -> None:
        state = self._state(event)
        # A filter that says its period itself may set its timer to another one for each wait.
        if state.take(event, from_start=self._seeing.whole) is Fact.PERIOD and not state.vm:
            self._tick_ms = state.crossings.period_ms or 0

    def _see(self, event: SeeingChanged) -> None:
        first = not self._seeing.since
        self._seeing = dataclasses.replace(
            self._seeing,
            on=event.on,
            since=event.time,
            why=event.why,
            gaps=not event.on or (self._seeing.gaps and not first),
        )

    def _note_dropped(self, event: LinesDropped) -> None:
        dropped = self._seeing.dropped + event.count
        self._seeing = dataclasses.replace(self._seeing, dropped=dropped)

    def _note_odd(self, event: OddTrace) -> None:
        if not self._seeing.odd:
            self._seeing = dataclasses.replace(self._seeing, odd=event.line)

    def _keep_response(self, event: RequestAnswered) -> None:
        for state in self._threads.values():
            if state.name == event.worker:
                state.answer(event)
                return
        self._early.setdefault(event.worker, []).append(event)

    def _count_call(self, event: TokenAsked) -> None:
        self._calls += 1
        self._asked.append(event)
        self._call_rate.count(event.vm, event.time)
        if event.token:
            self._expiry[event.token] = event.expires_at
            while len(self._expiry) > _TOKENS_KEPT:
                del self._expiry[next(iter(self._expiry))]
