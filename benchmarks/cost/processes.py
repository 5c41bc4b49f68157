"""The processes that are measured, on a core of their own: Envoy, and a service that it asks."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import psutil

from lab_helpers.errors import LaunchError
from lab_helpers.toolchain.envoy_binary import find_envoy

__all__ = ["Cores", "Measured", "started", "until", "wait_for"]

_PATIENCE_S = 120.0
_POLL_S = 0.005
_SAID_BYTES = 1500
_END_S = 20.0
# clock_getcpuclockid(3): the number of the clock that counts what all threads of a process ran.
_CPU_CLOCK = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Cores:
    """Which core is whose.

    Attributes:
        measured: Of Envoy, and of a service that it asks.
        load: Of the load generator.
    """

    measured: int
    load: int

    @classmethod
    def here(cls) -> Self:
        """Take the first and the last that this process may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[-1])

    @property
    def sentence(self) -> str:
        """Say it in words."""
        if self.measured == self.load:
            return f"One core ({self.load}) is all there is: Envoy and the load share it."
        return f"Envoy runs on core {self.measured}, the load generator on core {self.load}."


@contextlib.contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Let what is started inside run on one core; None for any.

    Args:
        core: Its number.
    """
    before = os.sched_getaffinity(0)
    if core is not None:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Measured:
    """Envoy, and what it asks, as one thing to measure.

    Attributes:
        ready_s: From Envoy's start until it said that it is ready.
    """

    def __init__(self, envoy: subprocess.Popen[bytes], folder: Path) -> None:
        self._envoy = envoy
        self._folder = folder
        self._asked: subprocess.Popen[bytes] | None = None
        self._admin = 0
        self._port = 0
        self._paused = False
        self.ready_s = 0.0

    @property
    def netloc(self) -> str:
        """Where its listener is."""
        return f"127.0.0.1:{self._port}"

    def cpu_s(self) -> float:
        """Return how long its threads have run, the service's included, in seconds."""
        return sum(time.clock_gettime(~one.pid << 3 | _CPU_CLOCK) for one in self._processes())

    def rss_bytes(self) -> int:
        """Return its memory, the service's included."""
        return sum(psutil.Process(one.pid).memory_info().rss for one in self._processes())

    def said(self) -> str:
        """Return what Envoy has logged."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def get(self, path: str) -> str:
        """Ask Envoy's admin port.

        Args:
            path: Such as `/stats`.
        """
        return _get(self._admin, path)[1]

    def pause(self) -> None:
        """Let it run no more: neither its timers nor its threads take anything from a core."""
        self._paused = True
        for one in self._processes():
            one.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run again."""
        self._paused = False
        for one in self._processes():
            one.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it."""
        if self._paused:
            self.go_on()
        for one in self._processes():
            one.terminate()
        for one in self._processes():
            try:
                one.wait(_END_S)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            LaunchError: A process of it has ended.
        """
        for one in self._processes():
            if one.poll() is not None:
                raise LaunchError(
                    f"{Path(str(one.args[0])).name} ended with {one.returncode}.",  # type: ignore[index]
                    quote=self.said()[-_SAID_BYTES:],
                    hint="mend what its last lines name",
                )

    def come_up(self, began: float, asked: subprocess.Popen[bytes] | None) -> None:
        """Wait until it is ready, and look where it listens.

        Args:
            began: When Envoy was started, by `time.monotonic()`.
            asked: The service that it asks.

        Raises:
            LaunchError: It ended, or does not become ready.
        """
        self._asked = asked
        address = self._folder / "admin"
        self._until(lambda: address.exists() and ":" in address.read_text("utf-8"), "listens")
        self._admin = int(address.read_text("utf-8").rpartition(":")[2])
        self._until(lambda: _get(self._admin, "/ready")[0] == http.client.OK, "is ready")
        self.ready_s = time.monotonic() - began
        listeners = json.loads(self.get("/listeners?format=json"))["listener_statuses"]
        self._port = int(listeners[0]["local_address"]["socket_address"]["port_value"])

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        def checked() -> bool:
            self.check()
            return holds()

        if not until(checked):
            raise LaunchError(
                f"Envoy never {what}.",
                quote=self.said()[-_SAID_BYTES:],
                hint="look whether something else keeps the machine busy",
            )

    def _processes(self) -> Sequence[subprocess.Popen[bytes]]:
        return [self._envoy] if self._asked is None else [self._envoy, self._asked]


@contextlib.contextmanager
def started(
    configuration: Callable[[int | None], Mapping[str, Any]],
    folder: Path,
    *,
    workers: int,
    core: int | None,
    asked: Sequence[str] = (),
    libraries: Path | None = None,
    log_level: str = "error",
) -> Iterator[Measured]:
    """Start an Envoy, and what it asks; end both at the end.

    Args:
        configuration: Returns Envoy's configuration, of the port of the service that it asks.
        folder: For its files; it is made.
        workers: How many worker threads.
        core: On which core; None for any.
        asked: The command of the service that it asks, which prints its port; empty for none.
        libraries: The folder of its dynamic modules.
        log_level: What its filters log, from this level on.

    Raises:
        LaunchError: It does not come up.
    """
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as ending, on_core(core):
        service = ending.enter_context(_service(asked)) if asked else None
        port = _port_said(service) if service else None
        file = folder / "envoy.json"
        file.write_text(json.dumps(configuration(port), indent=1), encoding="utf-8")
        words = [str(find_envoy().path), "-c", str(file), "--concurrency", str(workers)]
        words += [
            "-l",
            "error",
            "--component-log-level",
            f"wasm:{log_level},dynamic_modules:{log_level}",
        ]
        words += ["--log-format", "%E.%f %t %v", "--disable-hot-restart"]
        words += ["--admin-address-path", str(folder / "admin")]
        searched = {"ENVOY_DYNAMIC_MODULES_SEARCH_PATH": str(libraries)} if libraries else {}
        log = ending.enter_context((folder / "log").open("wb"))
        began = time.monotonic()
        process = subprocess.Popen(  # noqa: S603  # a list of words of our own
            words, stdout=log, stderr=subprocess.STDOUT, env=os.environ | searched
        )
        measured = Measured(process, folder)
        ending.callback(measured.stop)
        measured.come_up(began, service)
        yield measured


def until(holds: Callable[[], bool], patience_s: float = _PATIENCE_S) -> bool:
    """Wait until something holds; return whether it does.

    Args:
        holds: Asked again and again.
        patience_s: For how long, in seconds.
    """
    ends = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > ends:
            return False
        time.sleep(_POLL_S)
    return True


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Wait until something holds.

    Args:
        holds: Asked again and again.
        what: Its name.

    Raises:
        LaunchError: It does not come.
    """
    if not until(holds):
        raise LaunchError(
            f"{what} did not come within {_PATIENCE_S:.0f} s.",
            hint="look whether something else keeps the machine busy",
        )


@contextlib.contextmanager
def _service(words: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own
        try:
            yield process
        finally:
            process.terminate()


def _port_said(service: subprocess.Popen[bytes]) -> int:
    line = service.stdout.readline() if service.stdout else b""
    if not line.strip():
        raise LaunchError("The ext_proc service said no port.", hint="run it by hand")
    return int(line)


def _get(port: int, path: str) -> tuple[int, str]:
    """Ask a port of this machine; return status and body, 0 and "" where nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace")
    except OSError:
        return 0, ""
    finally:
        connection.close()
