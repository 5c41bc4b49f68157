"""What Envoy's trace tells: crossings between Envoy and a module, and the lives of VMs."""

from __future__ import annotations

import dataclasses
import enum

from lab_helpers.board.event_bases import LogEvent

__all__ = ["Crossing", "ModuleLoaded", "OddTrace", "Step", "VmCreated", "VmEnded"]


class Step(enum.Enum):
    """Which way a crossing goes; the words are those of Envoy's trace."""

    ENTERED = "[host->vm]"
    LEFT = "[host<-vm]"
    CALLED = "[vm->host]"
    ANSWERED = "[vm<-host]"


@dataclasses.dataclass(frozen=True, slots=True)
class Crossing(LogEvent):
    """One step over the border between Envoy and a module, as Envoy's `wasm:trace` tells it.

    Attributes:
        step: Envoy entered or left a callback, or a callback called Envoy and was answered.
        function: The callback (`proxy_on_tick`) or the host's function (`proxy_log`); one that is
            not of the Proxy-Wasm ABI has its module before it (`wasi_snapshot_preview1.fd_write`).
        arguments: What was handed over, on the way in; empty on the way back.
        result: What came back, on the way back; None for nothing, and on the way in.
    """

    step: Step
    function: str
    arguments: tuple[int, ...] = ()
    result: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class ModuleLoaded(LogEvent):
    """Envoy loaded a module into a base VM (logged at `wasm:debug` and finer)."""


@dataclasses.dataclass(frozen=True, slots=True)
class VmCreated(LogEvent):
    """Envoy made a VM that runs on this thread (logged at `wasm:debug` and finer)."""


@dataclasses.dataclass(frozen=True, slots=True)
class VmEnded(LogEvent):
    """Envoy took a VM away (logged at `wasm:debug` and finer); which one, it does not say."""


@dataclasses.dataclass(frozen=True, slots=True)
class OddTrace(LogEvent):
    """A line of the trace that reads otherwise than in the versions that the lab knows."""

    line: str
