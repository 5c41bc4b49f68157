"""One launched Envoy: its process, the thread that reads its log, its admin port, its traffic."""

from __future__ import annotations

import collections
import contextlib
import threading
import time
from collections.abc import Callable

from lab_helpers.board.events import Event, RequestAnswered, ThreadsNamed
from lab_helpers.board.parsing import parse_event
from lab_helpers.envoy.admin import Admin
from lab_helpers.envoy.closings import (
    NO_HEALTHY_UPSTREAM,
    closed_by_a_panic,
    closed_for_want_of_a_host,
    clusters_without_a_host,
)
from lab_helpers.envoy.traffic import ConnectionClosedError, Traffic
from lab_helpers.errors import LabError, LaunchError
from lab_helpers.launch import Address, Launcher, LaunchPlan
from lab_helpers.launch.failures import launch_failure
from lab_helpers.launch.runs import remove_run

__all__ = ["Run"]

_READY_S = 60.0
_POLL_S = 0.02
_LINES_KEPT = 5_000
# A crash of standard Go's writes thousands of lines; what was said first tells why.
_FIRST_KEPT = 1_000
_JOIN_S = 5.0
_LOG_S = 1.0


class Run:
    """Launch an Envoy, and wait until it serves traffic.

    Args:
        launcher: How to run it.
        plan: What to run; its configuration is written already.
        record: Takes each event of the log in; called in the reading thread.

    Raises:
        LabError: It did not start; nothing is left running then.
    """

    def __init__(
        self, launcher: Launcher, plan: LaunchPlan, record: Callable[[Event], None]
    ) -> None:
        self._plan = plan
        self._record = record
        self._problem: BaseException | None = None
        self._stopping = False
        self.lines: collections.deque[str] = collections.deque(maxlen=_LINES_KEPT)
        self._first_lines: list[str] = []
        try:
            self.process = launcher.launch(plan)
        except BaseException:
            remove_run(plan.folder)
            raise
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, name="envoy-log", daemon=True)
        self._admin: Admin | None = None
        self._traffic: Traffic | None = None
        # A cell and a button may ask at once, and a connection carries one request at a time.
        self._asking = threading.Lock()
        try:
            self._reader.start()
            self.admin = self._admin = self._await_ready()
            self.listener = self._find_listener(self.admin)
            names = self._await_thread_names()
            record(ThreadsNamed(time.time(), tuple(sorted(names.items()))))
            if self.listener is not None:
                self._traffic = Traffic(self.listener, self.admin, plan.workers)
        except BaseException:
            self._end()
            raise

    @property
    def running(self) -> bool:
        """Return whether Envoy runs, and can be watched."""
        return self._problem is None and self.process.exit_code() is None

    def check(self) -> None:
        """Make sure that it still runs and is watched.

        Raises:
            LaunchError: Envoy has ended, with what it said last.
            LabError: Nobody can tell whether it runs, or the thread that reads its log has failed.
        """
        if isinstance(self._problem, LabError):
            raise self._problem
        if self._problem is not None:
            raise LabError(
                "The thread that reads Envoy's log has failed, so the picture stands still.",
                quote=repr(self._problem),
                hint="start Envoy again, and report this as a bug of the lab",
            ) from self._problem
        code = self.process.exit_code()
        if code is not None:
            self._reader.join(_JOIN_S)  # its last words are still being read
            raise launch_failure(tuple(self.lines), code, while_doing="while it ran", served=True)

    def ask(self, worker: str, path: str) -> RequestAnswered:
        """Send one request to one worker.

        Args:
            worker: `worker_0` and so on.
            path: The request's path.

        Raises:
            LabError: It has no listener, or the worker does not answer.
        """
        if self._traffic is None:
            raise LaunchError("This configuration has no listener to send requests to.")
        with self._asking:
            try:
                return self._traffic.ask(worker, path)
            except ConnectionClosedError as error:
                raise self._why_closed(error) from error

    def stop(self) -> None:
        """End Envoy and all that belongs to it.

        Raises:
            LabError: The thread that read its log had failed.
        """
        self._end()
        # What the launcher said of Envoy's end, `check` has told; here it has ended in any case.
        if self._problem is not None and not isinstance(self._problem, LabError):
            raise LabError(
                "The thread that read Envoy's log had failed.", quote=repr(self._problem)
            ) from self._problem

    def clusters_without_a_host(self) -> tuple[str, ...]:
        """Return the clusters in which Envoy looked for a host in vain.

        Raises:
            TrafficError: The admin port does not answer.
        """
        return clusters_without_a_host(self.admin.stats(NO_HEALTHY_UPSTREAM))

    def _why_closed(self, error: ConnectionClosedError) -> LabError:
        """Return why Envoy closed a connection: its log comes a moment later than that end."""
        deadline = time.monotonic() + _LOG_S
        while time.monotonic() < deadline:
            if panicked := closed_by_a_panic(tuple(self.lines)):
                return panicked
            if self._ended.wait(_POLL_S):
                return error
        return closed_for_want_of_a_host(error, self.clusters_without_a_host())

    def _end(self) -> None:
        """End the process, then all that belongs to it: the last first, and each in any case."""
        self._stopping = True
        with contextlib.ExitStack() as after:
            after.callback(remove_run, self._plan.folder)
            if self._reader.is_alive():
                after.callback(self._reader.join, _JOIN_S)
            if self._admin is not None:
                after.callback(self._admin.close)
            after.callback(self._end_traffic)
            # First, so that whoever still asks for something gets an answer: there is nobody.
            self.process.stop()

    def _end_traffic(self) -> None:
        with self._asking:
            if self._traffic is not None:
                self._traffic.close()

    def _read(self) -> None:
        """Take the log in, line by line, until Envoy has ended."""
        try:
            for line in self.process.lines():
                if len(self.lines) == _LINES_KEPT and len(self._first_lines) < _FIRST_KEPT:
                    self._first_lines.append(self.lines[0])
                self.lines.append(line)
                event = parse_event(line)
                if event is not None:
                    self._record(event)
        except BaseException as error:  # noqa: BLE001  # raised again by `check` and `stop`
            if not self._stopping:
                self._problem = error
        finally:
            self._ended.set()

    def _await_ready(self) -> Admin:
        """Ask the admin port, as soon as it is known, until it says that Envoy is ready."""
        deadline = time.monotonic() + _READY_S
        admin: Admin | None = None
        while time.monotonic() < deadline:
            address = self.process.admin_address()
            if admin is None and address is not None:
                admin = Admin(address)
            if admin is not None and admin.ready():
                return admin
            if self._ended.wait(_POLL_S):
                break
        if admin is not None:
            admin.close()
        raise self._failure("while it started")

    def _find_listener(self, admin: Admin) -> Address | None:
        ports = admin.listener_ports()
        return self.process.listener_address(ports[0]) if ports else None

    def _await_thread_names(self) -> dict[int, str]:
        """Ask for the threads' names until all workers have one: they name themselves."""
        deadline = time.monotonic() + _READY_S
        wanted = {f"worker_{number}" for number in range(self._plan.workers)}
        while True:
            names = dict(self.process.thread_names())
            if wanted <= set(names.values()):
                return names
            if self._ended.wait(_POLL_S) or time.monotonic() > deadline:
                raise self._failure("before all its workers ran")

    def _failure(self, while_doing: str) -> LabError:
        if isinstance(self._problem, LabError):
            return self._problem
        if self._ended.is_set():
            self.process.stop()  # its log ends an instant before it does: wait for its exit code
        return launch_failure(
            (*self._first_lines, *self.lines),
            self.process.exit_code(),
            while_doing=while_doing,
            wasm=self._plan.wasm,
            source=self._plan.source,
        )
