"""An Envoy in its container: its log, its end, its threads' names, its memory."""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from collections.abc import Iterator, Mapping

import docker.errors
import psutil
from docker.models.containers import Container

from lab_helpers.board.events import Event, WorkerStarted
from lab_helpers.docker_engine.containers import exit_code_of
from lab_helpers.docker_engine.daemon import (
    DOCKER_ERRORS,
    DockerClient,
    in_plain_words,
    knock,
    remove_container,
)
from lab_helpers.docker_engine.engine import LOOPBACK, Engine
from lab_helpers.docker_engine.leftovers import forget
from lab_helpers.errors import LabError, LaunchError
from lab_helpers.launch.docker.inside import Inside
from lab_helpers.launch.docker.options import ADMIN_PORT, LISTENER_PORT
from lab_helpers.launch.docker.repeats import unrepeated
from lab_helpers.launch.interface import Address, AdminAddress
from lab_helpers.launch.linux_signals import SIGKILL
from lab_helpers.launch.threads import Standing, ThreadStat

__all__ = ["DockerProcess"]

# A line of the component `main`, below the levels that the lab asks for.
_OF_MAIN = re.compile(r"[^|]*\|\d+\|(debug|info)\|main\|")
_GRACE_S = 3
_DRAIN_S = 5.0
_JOIN_S = 5.0


class DockerProcess:
    """An Envoy that was started in a container.

    Args:
        client: A client of the engine, which this closes at its end.
        container: The started container.
        engine: The engine that runs it.
        workers: How many workers it has.
    """

    def __init__(
        self, client: DockerClient, container: Container, engine: Engine, workers: int
    ) -> None:
        self._client = client
        self._container = container
        self._published = _published_ports(container)
        self._inside = Inside(container, engine, workers)
        self.pid = self._inside.pid
        self._worker_tids: list[int] = []
        self._exit_code: int | None = None
        self._lost: LabError | None = None
        self._ended = threading.Event()
        self._stopping = threading.Lock()
        self._drained = threading.Event()
        self._drained.set()
        self._waiter = threading.Thread(target=self._wait, name="envoy-container", daemon=True)
        self._waiter.start()

    def admin_address(self) -> AdminAddress | None:
        """Return where its admin port is published; None where it ended before that was asked."""
        port = self._published.get(ADMIN_PORT)
        return None if port is None else Address(LOOPBACK, port)

    def listener_address(self, port: int) -> Address:
        """Return where the listener is reached from here.

        Raises:
            LaunchError: The port is another than the first listener's, which alone is published.
        """
        if port != LISTENER_PORT:
            raise LaunchError(
                f"Port {port} of the container is not published: only the first listener's is.",
                hint="put the listener that you ask first in the configuration",
            )
        return Address(LOOPBACK, self._published[port])

    def pieces(self) -> Iterator[bytes]:
        """Yield the log as it comes, until Envoy has ended.

        Raises:
            LaunchError: The daemon is gone, so nobody can tell how Envoy does; or Envoy used more
                memory than its container may.
        """
        self._drained.clear()
        try:
            with in_plain_words():
                stream = self._container.logs(stream=True, follow=True)
            try:
                yield from unrepeated(stream)
            finally:
                stream.close()
        finally:
            self._drained.set()
        self._ended.wait()
        if self._lost is not None:
            raise self._lost

    def take(self, line: str, event: Event | None) -> bool:
        """Note which threads are workers; return whether a person asked for such lines.

        Args:
            line: The line.
            event: What it was read as.
        """
        if isinstance(event, WorkerStarted):
            self._worker_tids.append(event.tid)
        # The component `main` is at debug for the line above alone.
        return _OF_MAIN.match(line) is None

    def exit_code(self) -> int | None:
        """Return None while Envoy runs, else its exit code, negative for a signal."""
        return self._exit_code

    def thread_names(self) -> Mapping[int, str]:
        """Return the names of the threads that run Wasm, by thread id in the container."""
        return self._inside.names(tuple(self._worker_tids))

    def standing(self) -> Standing:
        """Return whether Envoy runs, is stopped or paused, or has ended."""
        return Standing.ENDED if self._exit_code is not None else self._inside.standing()

    def threads(self) -> Mapping[str, ThreadStat]:
        """Return its threads that run Wasm, by name; empty where nobody can look."""
        return self._inside.threads()

    @property
    def go_on_command(self) -> str:
        """Return what lets an Envoy go on that is stopped, or whose container is paused."""
        return self._inside.go_on_command

    def rss_bytes(self) -> int:
        """Return Envoy's resident memory in bytes; 0 when it has ended.

        Where its process cannot be seen from here it is what Docker counts, which leaves out the
        pages of the program itself.
        """
        if self.pid:
            with contextlib.suppress(psutil.Error):
                return int(psutil.Process(self.pid).memory_info().rss)
        try:
            stats = self._client.api.stats(self._container.id or "", stream=False, one_shot=True)
        except DOCKER_ERRORS:
            return 0  # it has ended, or the daemon has: `check` says which
        counted = (stats.get("memory_stats") or {}).get("stats") or {}
        return int(counted.get("rss", counted.get("anon", 0)))

    def stop(self) -> None:
        """End Envoy, and remove its container; twice is fine.

        A daemon that is gone is no error here: what it leaves is cleared at the next start.
        """
        with self._stopping:
            name = self._container.name or ""
            try:
                knock()
                with contextlib.suppress(docker.errors.NotFound):
                    self._container.stop(timeout=_GRACE_S)
                    self._drained.wait(_DRAIN_S)  # its last words, which go with the container
                remove_container(self._container)
            except (LaunchError, *DOCKER_ERRORS) as error:
                self._lost = self._lost or _daemon_gone(error)
            finally:
                forget(name)
                self._waiter.join(_JOIN_S)
                self._client.close()

    def _wait(self) -> None:
        """Wait for the container's end; it is the only one who knows how it ended."""
        try:
            answer = self._container.wait()
            self._container.reload()
            if self._container.attrs["State"].get("OOMKilled"):
                self._lost = _out_of_memory(self._container)
            self._exit_code = exit_code_of(int(answer["StatusCode"]))
        except docker.errors.NotFound:
            self._exit_code = -SIGKILL  # somebody removed it, and it is killed for that
        except DOCKER_ERRORS as error:
            self._lost = _daemon_gone(error)
        finally:
            self._ended.set()


def _daemon_gone(error: BaseException) -> LaunchError:
    start = "sudo systemctl start docker" if sys.platform == "linux" else "start Docker Desktop"
    return LaunchError(
        "The Docker daemon went away while Envoy ran.",
        quote=str(error) or repr(error),
        hint=f"start it again ({start}), then start Envoy; what was left is cleared then",
    )


def _out_of_memory(container: Container) -> LaunchError:
    limit = int(container.attrs["HostConfig"]["Memory"]) >> 20
    return LaunchError(
        f"Envoy was ended because it used more memory than its container may have: {limit} MB.",
        hint="look for a filter that keeps what it is given; without one, use fewer workers",
    )


def _published_ports(container: Container) -> dict[int, int]:
    """Return the ports of this machine by the container's; empty if it has ended already."""
    settings = (container.attrs or {}).get("NetworkSettings") or {}
    published = settings.get("Ports") or {}
    return {
        int(inner.partition("/")[0]): int(bindings[0]["HostPort"])
        for inner, bindings in published.items()
        if bindings
    }
