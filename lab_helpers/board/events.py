"""What can happen while Envoy runs: one small, frozen record for each kind of event.

Events come from three places: Envoy's log (read by `parsing`), the token API, and the traffic that
the lab sends. They go into the `Board`. Times are seconds since the epoch, as `time.time` counts;
`tid` is the thread id that Envoy's log shows; `vm` is the tag that a Wasm VM gave itself at start.
"""

from __future__ import annotations

import dataclasses

__all__ = [
    "CalloutRefused",
    "CalloutSent",
    "Event",
    "FetchEnded",
    "FilterSaid",
    "Panicked",
    "RequestAnswered",
    "SettingsRefused",
    "ThreadsNamed",
    "Ticked",
    "TokenAsked",
    "VmFailed",
    "VmStarted",
    "WorkerStarted",
]


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at a moment."""

    time: float


@dataclasses.dataclass(frozen=True, slots=True)
class ThreadsNamed(Event):
    """The threads that run Wasm became known: pairs of thread id and name (`worker_0`, `main`)."""

    names: tuple[tuple[int, str], ...]


@dataclasses.dataclass(frozen=True, slots=True)
class LogEvent(Event):
    """Something that a thread of Envoy logged."""

    tid: int


@dataclasses.dataclass(frozen=True, slots=True)
class WorkerStarted(LogEvent):
    """A worker entered its loop (logged only at `main:debug`)."""


@dataclasses.dataclass(frozen=True, slots=True)
class VmStarted(LogEvent):
    """A Wasm VM started its plugin."""

    vm: str
    tick_ms: int


@dataclasses.dataclass(frozen=True, slots=True)
class SettingsRefused(LogEvent):
    """The filter refused its plugin configuration."""

    vm: str
    reason: str


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


@dataclasses.dataclass(frozen=True, slots=True)
class FilterSaid(LogEvent):
    """A filter logged a line that is not one of the token filter's events."""

    level: str
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Panicked(LogEvent):
    """A filter's Go code panicked; Envoy reports the VM's failure right after."""

    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class VmFailed(LogEvent):
    """A VM trapped: it runs no more code."""

    function: str
    reason: str


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
        headers: The headers in their order, names in lower case.
        latency_ms: From sending to the last byte, in milliseconds.
        said: The text of an answer that Envoy made itself, such as `no healthy upstream`; "" else.
    """

    worker: str
    status: int
    headers: tuple[tuple[str, str], ...]
    latency_ms: float
    said: str = ""
