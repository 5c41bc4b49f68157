"""One launched Envoy: its process, the thread that reads its log, its admin port, its traffic."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from lab_helpers.board.events import Event, ThreadsNamed
from lab_helpers.envoy.admin import Admin
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.closings import (
    NO_HEALTHY_UPSTREAM,
    closed_by_a_panic,
    closed_for_want_of_a_host,
    clusters_without_a_host,
)
from lab_helpers.envoy.connection import ConnectionClosedError
from lab_helpers.envoy.listeners import OpenListeners, check_statuses
from lab_helpers.envoy.log import Log
from lab_helpers.envoy.lookout import Lookout
from lab_helpers.envoy.readiness import await_ready, await_thread_names
from lab_helpers.envoy.requests import Request
from lab_helpers.envoy.sending import Received, send_bytes
from lab_helpers.envoy.traffic import Traffic
from lab_helpers.errors import LabError, LaunchError
from lab_helpers.launch import Address, Launcher, LaunchPlan
from lab_helpers.launch.failures import launch_failure
from lab_helpers.launch.runs import remove_run

__all__ = ["Run"]

_POLL_S = 0.02
_JOIN_S = 5.0
_LOG_S = 1.0


class Run:
    """Launch an Envoy, and wait until it serves traffic.

    Args:
        launcher: How to run it.
        plan: What to run; its configuration is written already.
        record: Takes the events of the log in; called in the reading thread.
        lookout: What of the crossings is looked at.

    Raises:
        LabError: It did not start; nothing is left running then.
    """

    def __init__(
        self,
        launcher: Launcher,
        plan: LaunchPlan,
        record: Callable[..., None],
        lookout: Lookout,
    ) -> None:
        self._plan = plan
        self._record = record
        self.lookout = lookout
        self._problem: BaseException | None = None
        self._stopping = False
        # What follows a request hears of the events as well, in the reading thread.
        self._taps: list[Callable[[Sequence[Event]], None]] = []
        try:
            self.process = launcher.launch(plan)
        except BaseException:
            remove_run(plan.folder)
            raise
        self._log = Log(
            self.process, self._hear, lookout.hasten, lookout.fall_behind, self._fail, lookout.quiet
        )
        self._admin: Admin | None = None
        self._traffic: Traffic | None = None
        # A cell and a button may ask at once, and a connection carries one request at a time.
        self._asking = threading.Lock()
        try:
            lookout.begin()
            self._log.start()
            self.admin = self._admin = self._readied()
            statuses = self.admin.listeners()
            # A second look: what the lab did not understand, Envoy may have bound all the same.
            check_statuses(statuses, launcher.places(plan).listen_host)
            self._listeners = OpenListeners(plan.listening, statuses, self.process.listener_address)
            names = self._named()
            record(ThreadsNamed(time.time(), tuple(sorted(names.items()))))
            lookout.attach(self.admin)
        except BaseException:
            self._end()
            raise

    @property
    def running(self) -> bool:
        """Return whether Envoy runs, and can be watched."""
        return self._problem is None and self.process.exit_code() is None

    @property
    def listener(self) -> Address | None:
        """Return where requests are sent to; None where no listener has a TCP port.

        Raises:
            LaunchError: That listener cannot be reached from here.
        """
        asked = self._listeners.asked("http", "tcp")
        return None if asked is None else self._listeners.address(asked)

    @property
    def speaks(self) -> str:
        """Return what the asked listener speaks, `http` or `tcp`; "" where there is none."""
        asked = self._listeners.asked("http", "tcp")
        return "" if asked is None else asked.speaks

    @property
    def stat_prefix(self) -> str:
        """Return what the counters of the asked listener begin with; "" where there is none."""
        asked = self._listeners.asked("http", "tcp")
        return "" if asked is None else asked.stat_prefix

    @property
    def unreachable(self) -> tuple[str, ...]:
        """Return the names of the listeners that cannot be asked from here."""
        return self._listeners.unreachable

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the last lines of its log, oldest first, but for the trace of the crossings."""
        return self._log.lines

    @contextlib.contextmanager
    def tap(self, hear: Callable[[Sequence[Event]], None]) -> Iterator[None]:
        """Let somebody hear the log's events for as long as the block takes.

        Args:
            hear: Is given them in their order; called in the reading thread.
        """
        self._taps.append(hear)
        try:
            yield
        finally:
            self._taps.remove(hear)

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
            self._log.join(_JOIN_S)  # its last words are still being read
            raise launch_failure(self.lines, code, while_doing="while it ran", served=True)

    def ask(self, worker: str, request: Request) -> Answer:
        """Send one request to one worker.

        Args:
            worker: `worker_0` and so on.
            request: What to send.

        Raises:
            LabError: It has no listener, or the worker does not answer.
        """
        with self._asking:
            try:
                return self._reached().ask(worker, request)
            except ConnectionClosedError as error:
                raise self._why_closed(error) from error

    def send(self, data: bytes, listener: str | None, timeout_s: float) -> Received:
        """Send bytes through a listener, one that makes no HTTP of them if there is one.

        Args:
            data: The bytes.
            listener: Its name; None for the first.
            timeout_s: How long to wait for an answer, in seconds.

        Raises:
            LabError: There is no such listener, or it does not answer.
        """
        asked = self._listeners.asked("tcp", "http", name=listener)
        if asked is None:
            raise _no_listener()
        return send_bytes(self._listeners.address(asked), data, timeout_s)

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
            if self._log.ended.wait(_POLL_S):
                return error
        return closed_for_want_of_a_host(error, self.clusters_without_a_host())

    def _end(self) -> None:
        """End the process, then all that belongs to it: the last first, and each in any case."""
        self._stopping = True
        with contextlib.ExitStack() as after:
            after.callback(remove_run, self._plan.folder)
            after.callback(self._log.join, _JOIN_S)
            if self._admin is not None:
                after.callback(self._admin.close)
            after.callback(self._end_traffic)
            after.callback(self.lookout.close)
            # First, so that whoever still asks for something gets an answer: there is nobody.
            self.process.stop()

    def _end_traffic(self) -> None:
        with self._asking:
            if self._traffic is not None:
                self._traffic.close()

    def _hear(self, events: Sequence[Event]) -> None:
        """Pass on what the log told."""
        for hear in tuple(self._taps):
            hear(events)
        self._record(*events)

    def _fail(self, error: BaseException) -> None:
        if not self._stopping:
            self._problem = error

    def _readied(self) -> Admin:
        admin = await_ready(self.process, self._log.ended)
        if admin is None:
            raise self._failure("while it started")
        return admin

    def _named(self) -> Mapping[int, str]:
        names = await_thread_names(self.process, self._plan.workers, self._log.ended)
        if names is None:
            raise self._failure("before all its workers ran")
        return names

    def _reached(self) -> Traffic:
        """Return the connections to the workers, which are opened as they are needed."""
        if self._traffic is None:
            address = self.listener
            if address is None:
                raise _no_listener()
            workers = self._plan.workers
            self._traffic = Traffic(address, self.admin, workers, self.stat_prefix)
        return self._traffic

    def _failure(self, while_doing: str) -> LabError:
        if isinstance(self._problem, LabError):
            return self._problem
        if self._log.ended.is_set():
            self.process.stop()  # its log ends an instant before it does: wait for its exit code
        return launch_failure(
            self._log.story,
            self.process.exit_code(),
            while_doing=while_doing,
            wasm=self._plan.wasm,
            source=self._plan.source,
        )


def _no_listener() -> LaunchError:
    return LaunchError(
        "This configuration has no listener with a TCP port, so nothing can be sent to it.",
        hint="add one below static_resources: listeners:, as envoy/bare.yaml has it",
    )
