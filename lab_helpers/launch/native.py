"""Run Envoy as a process of this machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lab_helpers.board.events import Event
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.launch import keeper
from lab_helpers.launch.failures import refused_configuration
from lab_helpers.launch.flags import envoy_flags
from lab_helpers.launch.interface import (
    Address,
    AdminAddress,
    EnvoyProcess,
    LaunchPlan,
    Places,
    SocketFile,
)
from lab_helpers.launch.runs import clear_leftovers, note_processes
from lab_helpers.launch.sockets import takes_sockets
from lab_helpers.launch.threads import (
    WORKER_PREFIX,
    Standing,
    ThreadStat,
    read_threads,
    resident_bytes,
    standing_of,
)
from lab_helpers.toolchain import find_envoy
from lab_helpers.toolchain.running import how_to_get_another, run_tool

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["NativeLauncher"]

_LOOPBACK = "127.0.0.1"
_ADMIN_FILE = "admin-address"
_ADMIN_SOCKET = "admin.sock"
# SIGTERM ends Envoy in 0.02 s (measured with 1.40); one that hangs is killed after this.
_GRACE_S = 3.0
_STOP_S = 10.0
_VALIDATE_S = 60.0
# Envoy's workers block once the log's pipe is full. A cell that computes without a pause keeps us
# from reading, so the pipe gets the most that Linux grants without root.
_PIPE_BYTES = 1 << 20


class NativeLauncher:
    """Launch the Envoy binary of this machine."""

    name = "native"

    def prepare(self, console: Console | None = None) -> None:
        """Fetch nothing: the binary comes with the lab's environment."""

    def version(self) -> str:
        """Return Envoy's version.

        Raises:
            ToolchainError: There is no Envoy binary here.
        """
        return find_envoy().version

    def upstream_hosts(self) -> tuple[str, ...]:
        """Return the loopback address, the only one an Envoy of this machine needs."""
        return (_LOOPBACK,)

    def places(self, plan: LaunchPlan) -> Places:
        """Say that it finds everything where this process does.

        Its admin is a Unix socket in the run's folder, which nobody else may enter, unless a port
        is asked for or the path is too long for one.
        """
        admin = plan.folder / _ADMIN_SOCKET
        private = plan.admin_port is None and takes_sockets(plan.folder)
        return Places(
            listen_host=_LOOPBACK,
            listener_port=plan.listener_port,
            admin_port=plan.admin_port or 0,
            admin_socket=admin if private else None,
            upstream_host=_LOOPBACK,
            wasm_path=str(plan.wasm) if plan.wasm else None,
            wasm_paths={name: str(path) for name, path in plan.modules.items()},
            reload_folder=str(plan.reload_folder),
        )

    def validate(self, plan: LaunchPlan) -> None:
        """Let Envoy check the plan's configuration.

        Raises:
            ConfigurationError: Envoy refuses it; its reason is quoted.
            ToolchainError: Envoy cannot be run.
        """
        words = [str(find_envoy().path), "--mode", "validate", "-c", str(plan.configuration)]
        try:
            result = run_tool(words, {}, timeout_s=_VALIDATE_S)
        except subprocess.TimeoutExpired as error:
            raise ConfigurationError(
                f"Envoy did not finish checking the configuration within {_VALIDATE_S:.0f} s.",
                hint="look for an endless loop where the filter starts (OnVMStart, OnPluginStart)",
            ) from error
        if result.returncode != 0:
            said = f"{result.stdout}\n{result.stderr}"
            raise refused_configuration(said, plan.wasm, plan.source)

    def launch(self, plan: LaunchPlan) -> EnvoyProcess:
        """Start Envoy under a keeper that ends it when this process goes.

        Raises:
            ToolchainError: There is no Envoy binary here.
            LaunchError: The binary cannot be run.
        """
        binary = find_envoy().path
        admin_file = plan.folder / _ADMIN_FILE
        words = [
            sys.executable,
            "-I",
            "-S",
            keeper.__file__,
            str(os.getpid()),
            str(_GRACE_S),
            str(binary),
            *envoy_flags(plan.workers, wasm_level=plan.wasm_level, libraries=plan.libraries),
            "-c",
            str(plan.configuration),
            "--admin-address-path",
            str(admin_file),
        ]
        process = subprocess.Popen(  # noqa: S603  # a list of words; no shell reads them
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            return NativeProcess(process, binary, admin_file, plan.folder)
        except BaseException:
            with process:  # its pipes are closed
                process.kill()  # Envoy is tied to it, and ends with it
            raise

    def clear_leftovers(self) -> int:
        """End what an earlier crash left; return how many processes that were."""
        return clear_leftovers()


class NativeProcess:
    """An Envoy under its keeper.

    Args:
        kept: The keeper's process, with three pipes.
        binary: Envoy's binary, for messages.
        admin_file: Where Envoy writes its admin address.
        folder: The run's folder.

    Raises:
        LaunchError: The binary could not be run.
    """

    def __init__(
        self, kept: subprocess.Popen[bytes], binary: Path, admin_file: Path, folder: Path
    ) -> None:
        self._kept = kept
        self._admin_file = admin_file
        self._exit_code: int | None = None
        self._stopping = threading.Lock()
        self._log_is_read = False
        _widen(kept)
        word, value = self._hear()
        if word != "pid":
            self.stop()
            raise LaunchError(
                f"The Envoy binary {binary} cannot be run.",
                quote=value,
                hint=how_to_get_another(binary),
            )
        self.pid = int(value)
        note_processes(folder, self.pid, kept.pid)

    def admin_address(self) -> AdminAddress | None:
        """Return where Envoy's admin answers; None until Envoy has written it."""
        with contextlib.suppress(FileNotFoundError):
            said = self._admin_file.read_text(encoding="utf-8").strip()
            if said.startswith("/"):
                return SocketFile(Path(said))
            host, _, port = said.rpartition(":")
            if port.isdigit():
                return Address(host, int(port))
        return None

    def listener_address(self, port: int) -> Address:
        """Return the listener's address, which is the same from here."""
        return Address(_LOOPBACK, port)

    def pieces(self) -> Iterator[bytes]:
        """Yield the log as it comes, until Envoy has ended."""
        self._log_is_read = True
        stream = self._kept.stderr
        if stream is None:
            return
        # One place for all: asked for a MiB each time, malloc finds no room for the next between
        # what is kept of the last, and the process grows by tens of MB an hour.
        room = memoryview(bytearray(_PIPE_BYTES))
        with stream, open(stream.fileno(), "rb", buffering=0, closefd=False) as raw:
            while read := raw.readinto(room):
                yield bytes(room[:read])

    def take(self, line: str, event: Event | None) -> bool:
        """Note nothing, and take every line for one that a person asked for."""
        del line, event
        return True

    def exit_code(self) -> int | None:
        """Return None while Envoy runs, else its exit code, negative for a signal."""
        if self._exit_code is None and self._kept.poll() is not None:
            with self._stopping:
                self._read_exit()
        return self._exit_code

    def thread_names(self) -> Mapping[int, str]:
        """Return the names of the threads that run Wasm, by thread id."""
        names = {self.pid: "main"}
        for task in Path(f"/proc/{self.pid}/task").glob("*/comm"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                comm = task.read_text(encoding="utf-8").strip()
                if comm.startswith(WORKER_PREFIX):
                    names[int(task.parent.name)] = comm.removeprefix(WORKER_PREFIX)
        return names

    def standing(self) -> Standing:
        """Return whether Envoy runs, is stopped, or has ended."""
        return standing_of(self.pid)

    def threads(self) -> Mapping[str, ThreadStat]:
        """Return the threads that run Wasm, by name."""
        return read_threads(self.pid)

    @property
    def go_on_command(self) -> str:
        """Return what lets an Envoy go on that is stopped."""
        return f"kill -CONT {self.pid}"

    def rss_bytes(self) -> int:
        """Return Envoy's resident memory in bytes; 0 when it has ended."""
        return resident_bytes(self.pid)

    def stop(self) -> None:
        """Tell the keeper, and wait until Envoy and the keeper have ended."""
        with self._stopping:
            pipe = self._kept.stdin
            if self._kept.poll() is None:
                self._kept.send_signal(signal.SIGCONT)  # one that is stopped would hear nothing
            if pipe is not None and not pipe.closed:
                # A line, for to close it may not be enough: a forked process may hold it, too.
                with contextlib.suppress(BrokenPipeError), pipe:
                    pipe.write(b"end\n")
            try:
                self._kept.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._kept.kill()  # Envoy is tied to it, and ends with it
                self._kept.wait()
            self._read_exit()
            if self._kept.stderr is not None and not self._log_is_read:
                self._kept.stderr.close()  # else whoever reads it does, at its end

    def _read_exit(self) -> None:
        """Read what the keeper said last; without a word, it was killed, and Envoy with it."""
        if self._exit_code is None:
            word, value = self._hear()
            self._exit_code = int(value) if word == "exit" else self._kept.wait()
            if self._kept.stdout is not None:
                self._kept.stdout.close()

    def _hear(self) -> tuple[str, str]:
        """Read one line of the keeper's: a word and its value."""
        line = self._kept.stdout.readline() if self._kept.stdout is not None else b""
        word, _, value = line.decode(errors="replace").strip().partition(" ")
        return word, value


def _widen(process: subprocess.Popen[bytes]) -> None:
    if process.stderr is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
        with contextlib.suppress(PermissionError):  # a user's share of pipe memory may be used up
            fcntl.fcntl(process.stderr, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
