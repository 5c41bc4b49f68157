"""What can be seen of an Envoy in its container: its threads, their names, how it stands."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import docker.errors
import psutil
from docker.models.containers import Container

from lab_helpers.docker_engine.daemon import DOCKER_ERRORS
from lab_helpers.docker_engine.engine import Engine
from lab_helpers.launch.threads import (
    WORKER_PREFIX,
    Standing,
    ThreadStat,
    read_threads,
    standing_of,
    threads_in,
)

__all__ = ["Inside", "names_from_log", "names_in"]

# Envoy is process 1 of its container, and so is its main thread.
_MAIN_TID = 1
_STOPPED = "T"
# Only what every shell has built in: an image need not bring more than a shell.
_ASK_NAMES = 'cd /proc/1/task; for t in *; do read -r n <"$t/comm" && echo "$t $n"; done; exit 0'
_ASK_THREADS = 'cd /proc/1/task; for t in *; do read -r s <"$t/stat" && echo "$s"; done; exit 0'


class Inside:
    """Look into a container: at its process where this machine sees it, else by its shell.

    Args:
        container: The started container.
        engine: The engine that runs it.
        workers: How many workers its Envoy has.
    """

    def __init__(self, container: Container, engine: Engine, workers: int) -> None:
        self._container = container
        self._workers = workers
        self.pid = _visible_pid(container, engine)
        self._names: Mapping[int, str] = {}
        self._has_shell = True

    def names(self, worker_tids: tuple[int, ...]) -> Mapping[int, str]:
        """Return the names of the threads that run Wasm, by thread id in the container.

        Args:
            worker_tids: The threads that said in the log that they are workers.
        """
        if len(self._names) <= self._workers:
            self._names = names_in(said) if (said := self._say(_ASK_NAMES)) else {}
            if not self._has_shell:
                self._names = names_from_log(worker_tids, self._workers)
        return self._names

    def threads(self) -> Mapping[str, ThreadStat]:
        """Return the threads that run Wasm, by name; empty where nobody can look."""
        if self.pid:
            return read_threads(self.pid)
        return threads_in(self._say(_ASK_THREADS).splitlines(), _MAIN_TID)

    def standing(self) -> Standing:
        """Return whether Envoy runs, is stopped or paused, or has ended."""
        try:
            self._container.reload()
        except docker.errors.NotFound:
            return Standing.ENDED
        except DOCKER_ERRORS:
            return Standing.NOT_SEEN
        state = (self._container.attrs or {}).get("State") or {}
        if state.get("Paused"):
            return Standing.PAUSED
        if self.pid:
            return standing_of(self.pid)
        main = self.threads().get("main")
        if main is None:
            return Standing.NOT_SEEN
        return Standing.STOPPED if main.state == _STOPPED else Standing.RUNS

    @property
    def go_on_command(self) -> str:
        """Return what lets an Envoy go on that is stopped, or whose container is paused."""
        paused = ((self._container.attrs or {}).get("State") or {}).get("Paused")
        words = "unpause" if paused else "kill --signal CONT"
        return f"docker {words} {self._container.name}"

    def _say(self, script: str) -> str:
        """Run a script in the container, and return what it says; "" where nobody can."""
        if not self._has_shell:
            return ""
        try:
            answer = self._container.exec_run(["/bin/sh", "-c", script], stderr=False)
        except DOCKER_ERRORS:
            return ""  # it is paused, has ended or is about to, or the daemon is gone
        if answer.exit_code != 0 or not isinstance(answer.output, bytes):
            self._has_shell = False
            return ""
        return answer.output.decode(errors="replace")


def names_in(said: str) -> dict[int, str]:
    """Read `tid name` lines: the main thread, and those that Envoy calls its workers.

    Args:
        said: The lines.
    """
    names = {_MAIN_TID: "main"}
    for line in said.splitlines():
        tid, _, comm = line.partition(" ")
        if tid.isdigit() and comm.startswith(WORKER_PREFIX):
            names[int(tid)] = comm.removeprefix(WORKER_PREFIX)
    return names


def names_from_log(tids: tuple[int, ...], workers: int) -> dict[int, str]:
    """Name the threads that said that they are workers: Envoy starts them in their order.

    Args:
        tids: The threads that said so, in any order.
        workers: How many there are to be.

    Returns:
        All names, or none while one is missing.
    """
    if len(tids) < workers:
        return {}
    workers_named = {tid: f"worker_{number}" for number, tid in enumerate(sorted(tids))}
    return {_MAIN_TID: "main"} | workers_named


def _visible_pid(container: Container, engine: Engine) -> int:
    """Return the process id as this machine counts, if it can be seen and is Envoy's."""
    pid = int(((container.attrs or {}).get("State") or {}).get("Pid") or 0)
    if not pid or not engine.sees_pids():
        return 0
    with contextlib.suppress(psutil.Error):
        if psutil.Process(pid).name() == "envoy":
            return pid
    return 0
