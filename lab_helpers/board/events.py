"""What can happen while Envoy runs: one small, frozen record for each kind of event.

Events come from three places: Envoy's log (read by `parsing`), the token API, and the traffic that
the lab sends. They go into the `Board`. Times are seconds since the epoch, as `time.time` counts;
`tid` is the thread id that Envoy's log shows; `vm` is the tag that a Wasm VM gave itself at start.
"""

from __future__ import annotations

import dataclasses

from lab_helpers.board.event_bases import Event, LogEvent
from lab_helpers.board.trace_events import (
    Crossing,
    ModuleLoaded,
    OddTrace,
    Step,
    VmCreated,
    VmEnded,
)

__all__ = [
    "CalloutRefused",
    "CalloutSent",
    "Crossing",
    "EnvoyEnded",
    "Event",
    "FetchEnded",
    "FilterSaid",
    "LinesDropped",
    "LogEvent",
    "ModuleLoaded",
    "OddTrace",
    "Panicked",
    "ReloadBegan",
    "Reloaded",
    "RequestAnswered",
    "SeeingChanged",
    "SettingsRefused",
    "Step",
    "ThreadsNamed",
    "Ticked",
    "TokenAsked",
    "TokenRead",
    "UpdateRefused",
    "VmCreated",
    "VmEnded",
    "VmFailed",
    "VmStarted",
    "WorkerStarted",
]


@dataclasses.dataclass(frozen=True, slots=True)
class ThreadsNamed(Event):
    """The threads that run Wasm became known: pairs of thread id and name (`worker_0`, `main`)."""

    names: tuple[tuple[int, str], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerStarted(LogEvent):
    """A worker entered its loop (logged only at `main:debug`)."""


@dataclasses.dataclass(frozen=True, slots=True)
class EnvoyEnded(Event):
    """Envoy ended, and nobody of the lab had asked it to.

    Attributes:
        why: In a few words, such as a panic's.
    """

    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class SeeingChanged(Event):
    """Envoy's trace of the crossings was switched on or off.

    Attributes:
        on: Whether it is on from now.
        why: For what reason, in words that a person reads.
    """

    on: bool
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class LinesDropped(Event):
    """Lines of the log were dropped, for they came faster than they could be read.

    Attributes:
        count: How many.
    """

    count: int


@dataclasses.dataclass(frozen=True, slots=True)
class VmStarted(LogEvent):
    """A Wasm VM started its plugin.

    Attributes:
        vm: The VM's tag.
        tick_ms: Its timer's period in milliseconds; 0 where it sets none.
        shares: Where in the shared data it puts a token, its `vm_id` first; "" where it puts none.
        reads: Where in the shared data it looks for one; "" where it does not.
        library: Whether it is no VM but a dynamic module, of which the whole Envoy has one.
    """

    vm: str
    tick_ms: int
    shares: str = ""
    reads: str = ""
    library: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class SettingsRefused(LogEvent):
    """The filter refused its plugin configuration.

    Attributes:
        vm: Its VM's tag.
        reason: Why, in its words.
        library: Whether it is a dynamic module, and no VM.
    """

    vm: str
    reason: str
    library: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Ticked(LogEvent):
    """A timer fired in a VM; `n` counts its ticks from 1."""

    vm: str
    n: int


@dataclasses.dataclass(frozen=True, slots=True)
class CalloutSent(LogEvent):
    """A VM handed Envoy a request for the token API; `n` is the tick that sent it."""

    vm: str
    n: int


@dataclasses.dataclass(frozen=True, slots=True)
class CalloutRefused(LogEvent):
    """Envoy refused to send a VM's callout, for example to an unknown cluster."""

    vm: str
    n: int
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class FetchEnded(LogEvent):
    """A callout came back.

    Attributes:
        outcome: `ok` when the token was kept; else why not, in the filter's word
            (`status`, `missing`, `malformed`, `too_long`, `ambiguous`, `stale`).
        status: The reply's HTTP status; 0 when there was none.
        token: The fingerprint of the token now kept; "" unless `outcome` is `ok`.
    """

    vm: str
    n: int
    outcome: str
    status: int
    token: str

    @property
    def ending(self) -> str:
        """Return how it ended, in words: the outcome, and a status that is no 200 by its number."""
        if self.outcome != "status":
            return self.outcome
        return f"status {self.status}" if self.status else "no status"


@dataclasses.dataclass(frozen=True, slots=True)
class TokenRead(LogEvent):
    """A VM found another thing in the shared data than it did before.

    Attributes:
        vm: The VM's tag.
        outcome: `ok` when there was a token to hand on; else why not, in the filter's word
            (`missing`, `old`, `malformed`, `refused`).
        token: The token's fingerprint; "" unless `outcome` is `ok`.
        by: Who put it there, the tag of its VM first; "" where that is not known.
    """

    vm: str
    outcome: str
    token: str
    by: str


@dataclasses.dataclass(frozen=True, slots=True)
class FilterSaid(LogEvent):
    """A filter logged a line that is not one of the token filter's events."""

    level: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Panicked(LogEvent):
    """A filter's Go code panicked; Envoy reports the VM's failure right after.

    Attributes:
        reason: What was panicked with.
        trace: The goroutine's trace, where standard Go compiled the filter; "" with TinyGo.
    """

    reason: str
    trace: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class VmFailed(LogEvent):
    """A VM trapped: it runs no more code."""

    function: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class ReloadBegan(Event):
    """Envoy is about to be handed other code or settings for filters."""


@dataclasses.dataclass(frozen=True, slots=True)
class Reloaded(Event):
    """Envoy has taken them: each thread runs a new VM."""


@dataclasses.dataclass(frozen=True, slots=True)
class UpdateRefused(LogEvent):
    """Envoy did not take them: the VM that it tried them in is gone, and the old ones run on."""


@dataclasses.dataclass(frozen=True, slots=True)
class TokenAsked(Event):
    """The token API was asked for a token, and answered.

    Attributes:
        vm: The tag in the callout's `x-wasm-vm` header; "" when it had none.
        status: The status it answered; 0 when it gave none (it hung, or the caller went away).
        fault: The fault that was switched on; "none" else.
        token: The fingerprint of the header value it sent; "" when it sent none.
        expires_at: The token's `exp`, in seconds since the epoch; 0 when it sent no real token.
    """

    vm: str
    status: int
    fault: str
    token: str
    expires_at: float


@dataclasses.dataclass(frozen=True, slots=True)
class RequestAnswered(Event):
    """A request through Envoy was answered.

    Attributes:
        worker: The worker's name, `worker_0` and so on.
        status: The HTTP status.
        headers: The headers in their order, names in lower case; not in its repr, for they may
            hold a token.
        latency_ms: From sending to the last byte, in milliseconds.
        outcome: What became of the request, in a word; "" where nobody judged it.
    """

    worker: str
    status: int
    headers: tuple[tuple[str, str], ...] = dataclasses.field(repr=False)
    latency_ms: float
    outcome: str = ""
