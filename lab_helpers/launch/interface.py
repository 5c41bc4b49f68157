"""What every launcher offers, so that all that comes after the launch is the same code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from lab_helpers.board.events import Event
from lab_helpers.launch.ports import spare_port
from lab_helpers.launch.threads import Standing, ThreadStat

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "ADMIN_PATHS",
    "Address",
    "AdminAddress",
    "EnvoyProcess",
    "LaunchPlan",
    "Launcher",
    "Listening",
    "Places",
    "SocketFile",
]

ADMIN_PATHS = ("/ready", "/listeners", "/clusters", "/stats", "/logging", "/server_info")
"""What the lab itself asks of Envoy's admin."""


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """A host and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the address as an HTTP URL without a path."""
        return f"http://{self.host}:{self.port}"


@dataclasses.dataclass(frozen=True, slots=True)
class SocketFile:
    """A Unix socket, which only the owner of its folder can reach.

    Attributes:
        path: Where it is.
    """

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def url(self) -> str:
        """Return what HTTP calls whoever answers there, without a path."""
        return "http://localhost"


AdminAddress = Address | SocketFile


@dataclasses.dataclass(frozen=True, slots=True)
class Places:
    """Where an Envoy finds things from where it runs: on this machine or in a container.

    Attributes:
        listen_host: The address its listener and admin port bind.
        listener_port: The listener's port in there; 0 for one that the kernel chooses.
        admin_port: The admin port in there; 0 likewise.
        admin_socket: The Unix socket that it has in place of a port, where nothing needs one.
        admin_paths: The paths that its admin port answers alone; none where it answers all.
        upstream_host: The name by which it reaches a service on this machine.
        wasm_path: The module's path in there; None where no module is used.
        wasm_paths: The modules' paths in there by their names, where each filter has its own.
        path_of: Says under which path it finds a file of this machine.
        reload_folder: Where it finds `LaunchPlan.reload_folder`; "" where it looks for no filter's
            configuration in a file.
        spare_port: Chooses a port in there that nobody uses at this moment.
    """

    listen_host: str
    listener_port: int
    admin_port: int
    upstream_host: str
    wasm_path: str | None
    wasm_paths: Mapping[str, str] = dataclasses.field(default_factory=dict)
    admin_socket: Path | None = None
    admin_paths: tuple[str, ...] = ()
    path_of: Callable[[Path], str] = str
    reload_folder: str = ""
    spare_port: Callable[[], int] = spare_port


@dataclasses.dataclass(frozen=True, slots=True)
class Listening:
    """What a listener of a configuration offers.

    Attributes:
        name: Its name; "" where it has none.
        speaks: `http`, `tcp`, `udp`, or `none` where no port leads to it.
        stat_prefix: What its counters' names begin with, behind `listener.`.
        called: Whether a cluster of the same configuration calls it: it is no way in from outside.
        wants_tls: Whether each of its filter chains takes TLS alone.
        inspects: Which listener filters look at a connection's first bytes before a worker has it.
        vms: Which VM each Wasm filter has that a request to it passes, in their order.
    """

    name: str
    speaks: str
    stat_prefix: str
    called: bool = False
    wants_tls: bool = False
    inspects: tuple[str, ...] = ()
    vms: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class LaunchPlan:
    """What to launch.

    Attributes:
        folder: The run's own folder, which holds `envoy.yaml` and where logs go.
        wasm: The compiled module, of a dynamic module its library; None for an Envoy without one.
        workers: Envoy's `--concurrency`.
        listener_port: The port a person asks for on this machine; 0 for a free one.
        admin_port: The admin port a person asks for; 0 for a free one, None for none.
        wasm_level: How much Envoy's component `wasm` logs at the start.
        source: The folder that the module was compiled from; None where that is not known.
        modules: The compiled modules by their names, where each filter has its own.
        files: Other files of this machine that the configuration names, by the path under which
            Envoy finds them; a launcher notes here what it is asked for.
        listening: What the configuration listens with, in its order.
        chosen_ports: The ports that were chosen because the configuration names them twice.
        libraries: From which level on the log lines of its dynamic modules are heard; "" where it
            runs none.
    """

    folder: Path
    wasm: Path | None
    workers: int
    listener_port: int = 0
    admin_port: int | None = None
    wasm_level: str = "info"
    source: Path | None = None
    modules: Mapping[str, Path] = dataclasses.field(default_factory=dict)
    files: dict[str, Path] = dataclasses.field(default_factory=dict)
    listening: tuple[Listening, ...] = ()
    chosen_ports: tuple[int, ...] = ()
    libraries: str = ""

    @property
    def configuration(self) -> Path:
        """Return where the configuration is written before the launch."""
        return self.folder / "envoy.yaml"

    @property
    def reload_folder(self) -> Path:
        """Return the folder of what is handed to Envoy while it runs."""
        return self.folder / "reload"


class EnvoyProcess(Protocol):
    """An Envoy that was launched."""

    @property
    def pid(self) -> int:
        """Return the process id as this machine counts; 0 where it cannot be seen."""

    def admin_address(self) -> AdminAddress | None:
        """Return where Envoy's admin answers from here; None while it is not known."""

    def listener_address(self, port: int) -> Address:
        """Return where the listener that bound `port` in there is reached from here."""

    def pieces(self) -> Iterator[bytes]:
        """Yield the log as it comes, cut anywhere, until Envoy has ended.

        Raises:
            LabError: Nobody can tell any more whether it runs.
        """

    def take(self, line: str, event: Event | None) -> bool:
        """Note what a line of the log tells; return whether a person asked for such lines.

        Args:
            line: The line.
            event: What it was read as.
        """

    def exit_code(self) -> int | None:
        """Return None while it runs; a negative number is the signal that ended it."""

    def thread_names(self) -> Mapping[int, str]:
        """Return the names (`worker_0`, `main`) by thread id; empty where they cannot be asked."""

    def standing(self) -> Standing:
        """Return whether it runs, is stopped or paused, or has ended, as far as can be seen."""

    def threads(self) -> Mapping[str, ThreadStat]:
        """Return its threads that run Wasm, by name; empty where they cannot be seen."""

    @property
    def go_on_command(self) -> str:
        """Return what lets one go on that is stopped or paused, in a terminal."""

    def rss_bytes(self) -> int:
        """Return the resident memory, in bytes; 0 when it has ended."""

    def stop(self) -> None:
        """End it and wait until it has ended; twice is fine."""


@runtime_checkable
class Launcher(Protocol):
    """A way to run Envoy."""

    @property
    def name(self) -> str:
        """Return `native` or `docker`."""

    def prepare(self, console: Console | None = None) -> None:
        """Fetch what is missing to run Envoy, with a progress bar; nothing if all is there.

        Args:
            console: Where to show progress; standard output by default.

        Raises:
            LabError: It cannot be had.
        """

    def version(self) -> str:
        """Return Envoy's version, such as `1.40.0`.

        Raises:
            LabError: There is no Envoy to ask.
        """

    def upstream_hosts(self) -> tuple[str, ...]:
        """Return the addresses of this machine that a service must bind to be reached."""

    def places(self, plan: LaunchPlan) -> Places:
        """Say where the Envoy of this plan will find things."""

    def validate(self, plan: LaunchPlan) -> None:
        """Let Envoy check the plan's configuration (`--mode validate`).

        Raises:
            ConfigurationError: Envoy refuses it; its reason is quoted.
        """

    def launch(self, plan: LaunchPlan) -> EnvoyProcess:
        """Start Envoy.

        Raises:
            LabError: It could not be started at all.
        """

    def clear_leftovers(self) -> int:
        """End what an earlier crash of the lab left behind; return how many Envoys that were."""
