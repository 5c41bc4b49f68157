"""What the board shows at one moment: frozen records, with no way back into the board.

Whatever a picture shows is a field here, so that it can be asserted in a test.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from lab_helpers.board.events import (
    FilterSaid,
    Panicked,
    RequestAnswered,
    SettingsRefused,
    TokenAsked,
    VmFailed,
)
from lab_helpers.board.request_callouts import RequestCallout
from lab_helpers.board.seeing import Count, Seeing

__all__ = ["MAIN", "Snapshot", "Thread", "Tick", "Token", "VmChange", "reading_order"]

MAIN = "main"


@dataclasses.dataclass(frozen=True, slots=True)
class Tick:
    """One tick of one VM, with what became of its callout.

    Attributes:
        time: When the timer fired, in seconds since the epoch.
        vm: The VM's tag.
        n: The tick's number in its VM, from 1.
        sent: When the callout went out; None if it did not.
        ended: When its reply came, or Envoy refused it; None while it is under way.
        outcome: `ok`, or why no token was kept (`status 503`, `missing`), or `refused`; `answered`
            where the filter does not tell what came; "" while it is under way.
        status: The reply's HTTP status; 0 when there was none, or the filter does not tell.
    """

    time: float
    vm: str
    n: int
    sent: float | None = None
    ended: float | None = None
    outcome: str = ""
    status: int = 0


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """The token that a thread's VM holds.

    Attributes:
        fingerprint: The first 8 hex digits of the SHA-256 of the header value.
        since: When the VM got it, in seconds since the epoch.
        expires_at: Its `exp`; 0 where the token API did not issue it.
        told_by: `log` where the filter logged it; `answer` where it is what the last answer
            carried as `x-auth`, which says nothing of what came after.
        shared_by: Who put it into the shared data, the tag of its VM first, where it was read from
            there; "" else.
    """

    fingerprint: str
    since: float
    expires_at: float
    told_by: str = "log"
    shared_by: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class VmChange:
    """A VM began on a thread, or failed there.

    Attributes:
        time: When, in seconds since the epoch.
        vm: The VM's tag; "" where it never spoke.
        failure: Why it runs no more code; "" where it began.
    """

    time: float
    vm: str
    failure: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Thread:
    """One thread that runs Wasm.

    Attributes:
        name: `worker_0` and so on, or `main`; `thread <tid>` until its name is known.
        tid: Its number in Envoy's log.
        vm: The tag of the VM it runs; "" until one spoke.
        vms: How many VMs it has run that ticked or served, the present one included.
        ticks: All ticks on this thread.
        fetches: How often a fetch ended, by outcome: `ok`, `status 503`, `refused` where it was not
            sent.
        token: What its VM holds, or, of a filter that does not tell, what its last answer carried;
            None before the first.
        failure: Why its VM runs no more code; "" while it does.
        responses: How many requests of the lab it answered.
        last_response: The last of them.
        recent: Its last ticks, oldest first.
        changes: The last beginnings and failures of its VMs, oldest first.
        first_tick: When it first ticked, in seconds since the epoch; None before.
        first_token: When it first got a token, in seconds since the epoch; None before.
        first_reply: When a callout's reply first crossed to it, in seconds since the epoch; None
            before, or where nobody looked at the crossings.
        last_reply: When one crossed to it last, in seconds since the epoch; None likewise.
        crossed: What crossed on this thread while somebody looked, by the words of `COUNTED`.
        callback: The callback that is under way, by the crossings; "" where none is, or not seen.
        entered: When that callback was entered, in seconds since the epoch; None where none is.
        vms_alive: How many VMs it has at this moment; 0 where that was not seen.
        vms_silent: How many of its VMs were seen and never logged the lab's own start line.
        timer_ms: The tick period that its newest VM asked Envoy for, in milliseconds; 0 where it
            switched its timer off, None where it was not seen to ask.
        configured: Whether its newest VM was seen to return from its start.
        told_timer_ms: The tick period that its plugins told of themselves; 0 where they set none,
            None where none said.
        shares: Where in the shared data a plugin of it puts tokens, its `vm_id` first; "" where
            none does.
        reads: Where in the shared data one looks for them; "" where none does.
        last_read: What became of the last look, as in `TokenRead`; "" before the first.
        answers: Its last answers to requests of the lab, oldest first.
        request_callouts: The last callouts that requests sent, as the crossings tell of them.
        library: The tag of the dynamic module that all threads share; "" where there is none.
    """

    name: str
    tid: int
    vm: str
    vms: int
    ticks: int
    fetches: Mapping[str, int]
    token: Token | None
    failure: str
    responses: int
    last_response: RequestAnswered | None
    recent: tuple[Tick, ...]
    changes: tuple[VmChange, ...] = ()
    first_tick: float | None = None
    first_token: float | None = None
    first_reply: float | None = None
    last_reply: float | None = None
    crossed: Mapping[str, int] = dataclasses.field(default_factory=lambda: MappingProxyType({}))
    callback: str = ""
    entered: float | None = None
    vms_alive: int = 0
    vms_silent: int = 0
    timer_ms: int | None = None
    configured: bool = False
    told_timer_ms: int | None = None
    shares: str = ""
    reads: str = ""
    last_read: str = ""
    answers: tuple[RequestAnswered, ...] = ()
    request_callouts: tuple[RequestCallout, ...] = ()
    library: str = ""

    @property
    def last_tick(self) -> Tick | None:
        """Return the newest tick."""
        return self.recent[-1] if self.recent else None


@dataclasses.dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is known at one moment.

    Attributes:
        time: The moment, in seconds since the epoch.
        threads: The workers by number, then `main`, then threads without a name yet.
        tick_ms: The period that the VMs announced; 0 before the first.
        calls: How many calls the token API has answered or held.
        calls_per_period: Calls a tick period, as measured at the token API; None before two
            calls of one VM.
        lines: What filters said last besides the token filter's events, oldest first.
        lines_total: How many such lines there were, the forgotten ones included.
        events: How many events went in.
        seeing: Whether somebody looks at the crossings, and what of them was not seen.
        failing: The last panics, and Envoy's reports of VMs that failed, oldest first.
        asked: The last calls for a token, oldest first.
    """

    time: float
    threads: tuple[Thread, ...]
    tick_ms: int
    calls: int
    calls_per_period: float | None
    lines: tuple[FilterSaid | Panicked | VmFailed | SettingsRefused, ...]
    lines_total: int
    events: int
    seeing: Seeing = dataclasses.field(default_factory=Seeing)
    failing: tuple[Panicked | VmFailed, ...] = ()
    asked: tuple[TokenAsked, ...] = ()

    @property
    def workers(self) -> tuple[Thread, ...]:
        """Return the threads that serve traffic."""
        return tuple(thread for thread in self.threads if _is_worker(thread.name))

    @property
    def ticking(self) -> int:
        """Return how many threads have ticked: N+1 with N workers."""
        return sum(1 for thread in self.threads if thread.ticks)

    def count(self, thread: Thread, what: str) -> Count:
        """Return how often something happened on a thread, and how far that is known.

        Args:
            thread: One of `threads`.
            what: One of the words of `COUNTED`: `ticks`, `callouts sent`.

        Returns:
            The number, with where it comes from, or why it was not seen.
        """
        # Beside a VM that tells, another may be silent: then its lines are not all there was.
        spoke = bool(thread.vm) and not thread.vms_silent
        told = _TOLD.get(what)
        if told is not None and spoke:
            return Count(told(thread), whole=True, source="the filter's own log lines")
        if what == "failures":
            crossed = max(thread.crossed.get(what, 0), int(bool(thread.failure)))
            return Count(crossed, whole=True, source="Envoy's log")
        crossed = thread.ticks if what == "ticks" else thread.crossed.get(what, 0)
        return Count(
            crossed,
            whole=self.seeing.whole,
            source="Envoy's trace of the crossings",
            why=self.seeing.not_seen,
        )

    def shared_with(self, thread: Thread) -> Thread | None:
        """Return the thread that puts tokens where another one reads them; None where none does.

        Args:
            thread: The one that reads.
        """
        if not thread.reads:
            return None
        return next((each for each in self.threads if each.shares == thread.reads), None)

    def has_token(self, thread: Thread) -> bool:
        """Return whether a thread holds a token, or finds one in the shared data when asked.

        Args:
            thread: The thread.
        """
        source = self.shared_with(thread)
        there = source is not None and source.token is not None and not thread.last_read
        return thread.token is not None or there

    def thread(self, name: str) -> Thread:
        """Return the thread of that name.

        Args:
            name: `worker_0` and so on, or `main`.

        Raises:
            KeyError: There is no such thread.
        """
        for thread in self.threads:
            if thread.name == name:
                return thread
        raise KeyError(name)


# What a filter that speaks the lab's own log lines tells by itself, from its start on.
_TOLD: Mapping[str, Callable[[Thread], int]] = {
    "ticks": lambda thread: thread.ticks,
    "callouts sent": lambda thread: (
        sum(thread.fetches.values())
        - thread.fetches.get("refused", 0)
        + sum(1 for tick in thread.recent if tick.sent is not None and tick.ended is None)
    ),
    "callouts refused": lambda thread: thread.fetches.get("refused", 0),
    "callouts answered": lambda thread: (
        sum(thread.fetches.values()) - thread.fetches.get("refused", 0)
    ),
}


def _is_worker(name: str) -> bool:
    return name.startswith("worker_")


def reading_order(name: str) -> tuple[int, int, str]:
    """Return a sort key: workers by number, then main, then what has no name yet.

    Args:
        name: A thread's name.
    """
    number = re.fullmatch(r"worker_(\d+)", name)
    if number:
        return (0, int(number[1]), name)
    return (1, 0, name) if name == MAIN else (2, 0, name)
