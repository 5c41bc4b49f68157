"""One launched Envoy: its process, the thread that reads its log, its admin port, its traffic."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from lab_helpers.board.events import EnvoyEnded, Event, ThreadsNamed
from lab_helpers.envoy.admin import Admin
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.closings import NO_HEALTHY_UPSTREAM, clusters_without_a_host, why_closed
from lab_helpers.envoy.connection import ConnectionClosedError
from lab_helpers.envoy.listeners import OpenListeners, check_statuses
from lab_helpers.envoy.log import Log
from lab_helpers.envoy.lookout import Lookout
from lab_helpers.envoy.no_answer import NoAnswerError, explained, never_ready
from lab_helpers.envoy.probe import Probe
from lab_helpers.envoy.readiness import await_ready, await_thread_names
from lab_helpers.envoy.requests import Request
from lab_helpers.envoy.sending import Received
from lab_helpers.envoy.stuck import Look, diagnose
from lab_helpers.envoy.ways_in import WaysIn
from lab_helpers.errors import LabError
from lab_helpers.launch import Address, Launcher, LaunchPlan
from lab_helpers.launch.causes import Cause
from lab_helpers.launch.failures import failure_of
from lab_helpers.launch.runs import remove_run
from lab_helpers.launch.threads import Standing

__all__ = ["Run"]

_JOIN_S = 5.0
_END_S = 3.0
_POLL_S = 0.02


class Run:
    """Launch an Envoy, and wait until it serves traffic.

    Args:
        launcher: How to run it.
        plan: What to run; its configuration is written already.
        record: Takes the events of the log in; called in the reading thread.
        lookout: What of the crossings is looked at.
        probe: Tells why it does not answer.

    Raises:
        LabError: It did not start; nothing is left running then.
    """

    def __init__(
        self,
        launcher: Launcher,
        plan: LaunchPlan,
        record: Callable[..., None],
        lookout: Lookout,
        probe: Probe,
    ) -> None:
        self.plan = plan
        self._probe = probe
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
        self.log = Log(
            self.process, self._hear, lookout.hasten, lookout.fall_behind, self._fail, lookout.quiet
        )
        self._admin: Admin | None = None
        self._ways_in: WaysIn | None = None
        # A cell and a button may ask at once, and a connection carries one request at a time.
        self._asking = threading.Lock()
        try:
            lookout.begin()
            self.log.start()
            self.admin = self._admin = self._readied()
            with self.answering():
                statuses = self.admin.listeners()
            # A second look: what the lab did not understand, Envoy may have bound all the same.
            check_statuses(statuses, launcher.places(plan).listen_host)
            reached = OpenListeners(plan.listening, statuses, self.process.listener_address)
            self.ways_in = self._ways_in = WaysIn(reached, self.admin, plan.workers)
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
        return self.ways_in.listener

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the last lines of its log, oldest first, but for the trace of the crossings."""
        return self.log.lines

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
            self.log.join(_JOIN_S)  # its last words are still being read
            error = failure_of(self.plan, self.lines, code, "while it ran", served=True)
            self._record(EnvoyEnded(time.time(), (error.quote or error.what).splitlines()[0]))
            raise error

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Say why Envoy does not answer, where somebody in the block got no answer.

        Raises:
            LabError: It has ended, or what state it is in.
        """
        try:
            yield
        except NoAnswerError as silence:
            self._check_ended(_END_S if silence.was_cut_off else 0)
            look = self._look()
            self._check_ended(_END_S if look.standing is Standing.ENDED else 0)
            raise explained(silence, look) from silence

    def held_up(self) -> Cause | None:
        """Return why Envoy gets on with nothing; None where no thread of it is held up."""
        return diagnose(self._look())

    def ask(self, worker: str, request: Request) -> Answer:
        """Send one request to one worker.

        Args:
            worker: `worker_0` and so on.
            request: What to send.

        Raises:
            LabError: It has no listener, or the worker does not answer.
        """
        with self.answering(), self._asking:
            try:
                return self.ways_in.traffic().ask(worker, request)
            except ConnectionClosedError as error:
                raise self._why_closed(error) from error

    def send(self, data: bytes, listener: str | None, timeout_s: float) -> Received:
        """Send bytes through a listener, on a connection of their own.

        Args:
            data: The bytes.
            listener: Its name; None for the first that makes no HTTP of them.
            timeout_s: How long to wait for an answer, in seconds.

        Raises:
            LabError: It does not answer, or closed the connection for a reason that the log tells.
        """
        with self.answering():
            received = self.ways_in.send(data, listener, timeout_s)
        if not received:
            # A filter may close a connection without a word; a failure is no such answer.
            closed = ConnectionClosedError("Envoy closed the connection without a word.")
            why = self._why_closed(closed)
            if why is not closed:
                raise why
        return received

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
            LabError: The admin port does not answer.
        """
        with self.answering():
            stats = self.admin.stats(NO_HEALTHY_UPSTREAM)
        return clusters_without_a_host(stats)

    def _check_ended(self, wait_s: float = _END_S) -> None:
        """Say how Envoy ended, if it has: its ports close a moment before that can be known."""
        deadline = time.monotonic() + wait_s
        while self.process.exit_code() is None and time.monotonic() < deadline:
            time.sleep(_POLL_S)  # between two looks, until the deadline
        self.check()

    def _look(self) -> Look:
        return self._probe.look(self.process, self.process.admin_address(), self.log.ended)

    def _why_closed(self, error: ConnectionClosedError) -> LabError:
        why = why_closed(error, lambda: self.lines, self.log.ended, self.clusters_without_a_host)
        if self.log.ended.is_set():
            self._check_ended()  # an end says more than a closed connection
        return why

    def _end(self) -> None:
        """End the process, then all that belongs to it: the last first, and each in any case."""
        self._stopping = True
        with contextlib.ExitStack() as after:
            after.callback(remove_run, self.plan.folder)
            after.callback(self.log.join, _JOIN_S)
            if self._admin is not None:
                after.callback(self._admin.close)
            after.callback(self._end_traffic)
            after.callback(self.lookout.close)
            # First, so that whoever still asks for something gets an answer: there is nobody.
            self.process.stop()

    def _end_traffic(self) -> None:
        with self._asking:
            if self._ways_in is not None:
                self._ways_in.close()

    def _hear(self, events: Sequence[Event]) -> None:
        """Pass on what the log told."""
        for hear in tuple(self._taps):
            hear(events)
        self._record(*events)

    def _fail(self, error: BaseException) -> None:
        if not self._stopping:
            self._problem = error

    def _readied(self) -> Admin:
        admin = await_ready(self.process, self.log.ended)
        if admin is None:
            raise self._failure("while it started")
        return admin

    def _named(self) -> Mapping[int, str]:
        names = await_thread_names(self.process, self.plan.workers, self.log.ended)
        if names is None:
            raise self._failure("before all its workers ran")
        return names

    def _failure(self, while_doing: str) -> LabError:
        if isinstance(self._problem, LabError):
            return self._problem
        if not self.log.ended.is_set():
            look = self._look()
            if not self.log.ended.is_set():
                return never_ready(look, while_doing, self.log.story)
        self.process.stop()  # its log ends an instant before it does: wait for its exit code
        return failure_of(self.plan, self.log.story, self.process.exit_code(), while_doing)
