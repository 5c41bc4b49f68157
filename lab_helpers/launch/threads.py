"""What the kernel tells of an Envoy's threads: in which state each is, and how much it computed."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lab_helpers.late import late

if TYPE_CHECKING:
    import psutil
else:
    psutil = late("psutil")

__all__ = [
    "WORKER_PREFIX",
    "Standing",
    "ThreadStat",
    "read_threads",
    "resident_bytes",
    "standing_of",
    "threads_in",
]

WORKER_PREFIX = "wrk:"
"""What Envoy puts before a worker's name, as the kernel knows its thread."""

# Linux tells programs of a hundredth of a second each, whatever its own clock (proc(5), USER_HZ).
_TICKS_A_SECOND = 100
# Counted behind the name, which may hold anything: `12 (wrk:worker_0) R 1 …`, see proc(5).
_STATE, _USER, _SYSTEM = 0, 11, 12


class Standing(enum.Enum):
    """How a process stands with the kernel, or with its container."""

    RUNS = "runs"
    STOPPED = "is stopped by a signal, as SIGSTOP does it"
    TRACED = "is held by a debugger"
    PAUSED = "is paused, with its container"
    ENDED = "has ended"
    NOT_SEEN = "cannot be seen from here"


@dataclasses.dataclass(frozen=True, slots=True)
class ThreadStat:
    """One thread at one moment.

    Attributes:
        state: The kernel's letter: `R` runs or would, `S` waits, `D` waits for a disk, `T` stopped.
        cpu_s: How much it has computed since it began, in seconds.
    """

    state: str
    cpu_s: float


# By the states that psutil names (`psutil.STATUS_…`); it is loaded when a process is asked for.
_STANDINGS = {
    "stopped": Standing.STOPPED,
    "tracing-stop": Standing.TRACED,
    "zombie": Standing.ENDED,
    "dead": Standing.ENDED,
}


def resident_bytes(pid: int) -> int:
    """Return a process's resident memory in bytes; 0 when it has ended.

    Args:
        pid: Its number.
    """
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def standing_of(pid: int) -> Standing:
    """Ask how a process of this machine stands.

    Args:
        pid: Its number.
    """
    try:
        return _STANDINGS.get(psutil.Process(pid).status(), Standing.RUNS)
    except psutil.NoSuchProcess:
        return Standing.ENDED
    except psutil.AccessDenied:
        return Standing.NOT_SEEN


def read_threads(pid: int) -> dict[str, ThreadStat]:
    """Read the threads of an Envoy of this machine that run Wasm, by name.

    Args:
        pid: Its number.

    Returns:
        `main`, `worker_0` and so on; nothing where the kernel does not tell.
    """
    lines = []
    for file in Path(f"/proc/{pid}/task").glob("*/stat"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            lines.append(file.read_text(encoding="utf-8", errors="replace"))
    return threads_in(lines, pid)


def threads_in(lines: Iterable[str], leader: int) -> dict[str, ThreadStat]:
    """Read lines of `/proc/PID/task/TID/stat`.

    Args:
        lines: One for each thread.
        leader: The number of the main thread, which has the process's own name.

    Returns:
        The threads that run Wasm, by name.
    """
    found = {}
    for line in lines:
        tid, _, rest = line.partition(" (")
        comm, bracket, after = rest.rpartition(") ")
        fields = after.split()
        if not bracket or len(fields) <= _SYSTEM or not tid.isdigit():
            continue
        main = int(tid) == leader
        if main or comm.startswith(WORKER_PREFIX):
            name = "main" if main else comm.removeprefix(WORKER_PREFIX)
            ticks = int(fields[_USER]) + int(fields[_SYSTEM])
            found[name] = ThreadStat(fields[_STATE], ticks / _TICKS_A_SECOND)
    return found
