"""What the board keeps of one thread, from two sources: the filter's own lines and the crossings.

Both tell of the same ticks and callouts. A crossing comes first, and the filter's line inside of
the same callback claims it: it adds what only the filter knows, and is not counted again.
"""

from __future__ import annotations

import collections
import dataclasses
from types import MappingProxyType

from lab_helpers.board.announced import Announced
from lab_helpers.board.answered_tokens import token_of
from lab_helpers.board.crossing_counts import CrossingCounts, Fact
from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Crossing,
    FetchEnded,
    RequestAnswered,
    Ticked,
    TokenRead,
    VmFailed,
)
from lab_helpers.board.request_callouts import RequestCallouts, number_of
from lab_helpers.board.snapshot import Thread, Tick, Token, VmChange
from lab_helpers.board.unclaimed import TickKey, Unclaimed

__all__ = ["ThreadState"]

# What is kept of the past, so that an hour's run does not grow.
_TICKS_KEPT = 600
_CHANGES_KEPT = 16
_ANSWERS_KEPT = 64
_OUTSTANDING_KEPT = 64


@dataclasses.dataclass(slots=True)
class ThreadState:
    """What the board keeps of one thread; `Thread` is its frozen picture."""

    tid: int
    name: str
    vm: str = ""
    vms: int = 0
    # Of the VMs that were heard of, so many of the first are none that it may run again.
    gone: int = 0
    ticks: int = 0
    fetches: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    token: tuple[str, float, str] | None = None
    told: Announced = dataclasses.field(default_factory=Announced)
    failure: str = ""
    responses: int = 0
    last_response: RequestAnswered | None = None
    answers: collections.deque[RequestAnswered] = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=_ANSWERS_KEPT)
    )
    first_tick: float | None = None
    first_token: float | None = None
    first_reply: float | None = None
    last_reply: float | None = None
    recent: dict[TickKey, Tick] = dataclasses.field(default_factory=dict)
    changes: collections.deque[VmChange] = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=_CHANGES_KEPT)
    )
    crossings: CrossingCounts = dataclasses.field(default_factory=CrossingCounts)
    _of_requests: RequestCallouts = dataclasses.field(default_factory=RequestCallouts)
    _unclaimed: Unclaimed = dataclasses.field(default_factory=Unclaimed)
    _outstanding: dict[int, TickKey] = dataclasses.field(default_factory=dict)
    _unnamed: int = 0

    def freeze(self, expiry: dict[str, float]) -> Thread:
        """Return the picture.

        Args:
            expiry: The tokens' `exp`, by fingerprint.
        """
        return Thread(
            name=self.name,
            tid=self.tid,
            vm=self.vm,
            vms=self.vms,
            ticks=self.ticks,
            fetches=MappingProxyType(dict(self.fetches)),
            token=self._known_token(expiry),
            failure=self.failure,
            responses=self.responses,
            last_response=self.last_response,
            recent=tuple(self.recent.values()),
            changes=tuple(self.changes),
            first_tick=self.first_tick,
            first_token=self.first_token,
            first_reply=self.first_reply,
            last_reply=self.last_reply,
            crossed=MappingProxyType(dict(self.crossings.counts)),
            callback=self.crossings.callback,
            entered=self.crossings.entered,
            vms_alive=self.crossings.lives.alive,
            vms_silent=self.crossings.lives.silent,
            timer_ms=self.crossings.period_ms,
            configured=self.crossings.configured,
            told_timer_ms=self.told.timer_ms,
            shares=self.told.shares,
            reads=self.told.reads,
            last_read=self.told.last_read,
            answers=tuple(self.answers),
            request_callouts=self._of_requests.freeze(),
        )

    @property
    def ran(self) -> bool:
        """Return whether its present VM ticked or served."""
        if any(key[0] == self.vm for key in self.recent):
            return True
        began = self.changes[-1].time if self.changes else 0.0
        return self.last_response is not None and self.last_response.time > began

    def take(self, event: Crossing, *, from_start: bool) -> Fact | None:
        """Take a crossing in.

        Args:
            event: The crossing.
            from_start: Whether this thread's VMs were traced from their start, so that a reply can
                be told to be the answer of a certain callout.

        Returns:
            What it means to the whole board; None for nothing.
        """
        fact = self.crossings.take(event)
        match fact:
            case Fact.TICK:
                self._run_again(event.time)
                self._begin_tick(event.time)
            case Fact.CALLOUT_SENT:
                self._send(event.time, paired=from_start and self.crossings.lives.alive == 1)
            case Fact.CALLOUT_REFUSED:
                self._unclaimed.refused += 1
                self._change(self._unclaimed.tick, ended=event.time, outcome="refused")
            case Fact.REPLY:
                self._run_again(event.time)
                self._receive(event)
            case Fact.CALLBACK_ENDED:
                self._settle()
            case Fact.RUNS:
                self._run_again(event.time)
            case _:
                pass
        return fact

    def fail(self, event: VmFailed) -> None:
        """Take in that the VM runs no more code.

        Args:
            event: What Envoy said.
        """
        self._settle()
        # Envoy may report one failure several times, once for each callback it can no longer make.
        if not self.failure:
            failure = f"{event.function}: {event.reason}"
            self.failure = failure
            self.changes.append(VmChange(event.time, self.vm, failure))
            self.crossings.fail()

    def tick(self, event: Ticked) -> None:
        """Take in that the filter said that it ticked.

        Args:
            event: What it said.
        """
        claimed = self._unclaimed.tick
        if claimed is not None and not claimed[0]:
            self.recent.pop(claimed, None)
            self._unclaimed.tick = (event.vm, event.n)
        else:
            self.ticks += 1
        self.first_tick = self.first_tick or event.time
        self._keep_tick((event.vm, event.n), Tick(event.time, event.vm, event.n))

    def follow_callout(
        self, event: CalloutSent | CalloutRefused | FetchEnded, *, current: bool
    ) -> None:
        """Take in what the filter said of its callout.

        Args:
            event: What it said.
            current: Whether its VM is the one that the thread runs at present.
        """
        key = (event.vm, event.n)
        match event:
            case CalloutSent():
                self._unclaimed.sent = False
                self._change(key, sent=event.time)
            case CalloutRefused():
                self._unclaimed.refused = max(self._unclaimed.refused - 1, 0)
                self.fetches["refused"] += 1
                self._change(key, ended=event.time, outcome="refused")
            case FetchEnded():
                self._unclaimed.reply = False
                self.fetches[event.ending] += 1
                if event.outcome == "ok":
                    self.first_token = self.first_token or event.time
                    if current:
                        self.token = (event.token, event.time, "")
                self._change(key, ended=event.time, outcome=event.ending, status=event.status)

    def answer(self, event: RequestAnswered) -> None:
        """Take in that this worker answered a request.

        Args:
            event: Its answer.
        """
        self.responses += 1
        self.last_response = event
        self.answers.append(event)

    def read(self, event: TokenRead) -> None:
        """Take in what the filter found in the shared data.

        Args:
            event: What it said.
        """
        self.told.last_read = event.outcome
        if event.outcome == "ok":
            self.first_token = self.first_token or event.time
            self.token = (event.token, event.time, event.by)
        else:
            self.token = None

    def _known_token(self, expiry: dict[str, float]) -> Token | None:
        """Return the token that the filter told of; else what its VM's last answer carried."""
        if self.token is not None:
            fingerprint, since, by = self.token
            return Token(fingerprint, since, expiry.get(fingerprint, 0.0), shared_by=by)
        if self.vm or self.failure or self.last_response is None:
            return None
        began = self.changes[-1].time if self.changes else 0.0
        return token_of(self.last_response, expiry) if self.last_response.time > began else None

    def _run_again(self, time: float) -> None:
        """A callback runs, so a VM that came after the one that failed has taken its place."""
        if self.failure and self.crossings.lives.newest_time > self.changes[-1].time:
            self.failure = ""
            self.vm, self.token = "", None
            self.vms += 1
            self.changes.append(VmChange(time, ""))
        elif not self.vms:
            self.vms = 1

    def _begin_tick(self, time: float) -> None:
        self._settle()
        self._unnamed += 1
        key = ("", self._unnamed)
        self.ticks += 1
        self.first_tick = self.first_tick or time
        self._unclaimed.tick = key
        self._keep_tick(key, Tick(time, "", self._unnamed))

    def _send(self, time: float, *, paired: bool) -> None:
        self._unclaimed.sent = True
        key = self._unclaimed.tick
        # Where no reply can be told to be this one's, its tick would seem to wait for ever.
        if key is not None and (paired or key[0]):
            self._change(key, sent=time)
        if paired:
            self._of_requests.send(self.crossings.sent, time, self.crossings.callback)
        if key is not None and paired:
            self._outstanding[self.crossings.sent] = key
            while len(self._outstanding) > _OUTSTANDING_KEPT:
                del self._outstanding[next(iter(self._outstanding))]

    def _receive(self, event: Crossing) -> None:
        self._settle()
        self._unclaimed.reply = True
        self.first_reply, self.last_reply = self.first_reply or event.time, event.time
        number = number_of(event)
        self._of_requests.receive(number, event.time)
        key = self._outstanding.pop(number, None)
        self._unclaimed.replied_to = key
        if key is not None and not key[0]:
            self._change(key, ended=event.time, outcome="answered")

    def _settle(self) -> None:
        """Count what the filter did not say itself: its callback is over."""
        done, self._unclaimed = self._unclaimed, Unclaimed()
        self.fetches["refused"] += done.refused
        self.fetches["answered"] += done.reply
        for word in ("refused", "answered"):
            if not self.fetches[word]:
                del self.fetches[word]

    def _keep_tick(self, key: TickKey, tick: Tick) -> None:
        self.recent[key] = tick
        while len(self.recent) > _TICKS_KEPT:
            del self.recent[next(iter(self.recent))]

    def _change(self, key: TickKey | None, **change: float | str) -> None:
        tick = self.recent.get(key) if key is not None else None
        if key is not None and tick is not None:
            self.recent[key] = dataclasses.replace(tick, **change)  # type: ignore[arg-type]
