"""One running Envoy with all that belongs to it: the token API, the board, the traffic."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from lab_helpers.admin import Figures
from lab_helpers.configuration import Configuration, default_configuration
from lab_helpers.endings import keep_running, no_longer_running, stop_after
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.events import Event, RequestAnswered
from lab_helpers.launch import Address, Launcher, LaunchPlan, choose_launcher
from lab_helpers.launch.runs import open_run, remove_run
from lab_helpers.modules import Module, read_module
from lab_helpers.ports import check_ports
from lab_helpers.run import Run
from lab_helpers.snapshot import Snapshot
from lab_helpers.token_api import TokenApi
from lab_helpers.watch import Watch

__all__ = ["Envoy"]

_MOST_WORKERS = 256
_LOOPBACK = "127.0.0.1"


class Envoy:
    """Run an Envoy, and watch it.

    Use it in a `with` block, or call `start` and `stop` where the work spans cells. Nothing that it
    starts outlives this process.

    Args:
        module: The compiled filter, or its path; None for a configuration without Wasm.
        workers: How many worker threads Envoy has (`--concurrency`).
        settings: Fields of the filter's plugin configuration; the article's values else.
        configuration: The Envoy configuration; `envoy/envoy.yaml` else.
        failure_policy: `FAIL_CLOSED`, `FAIL_OPEN` or `FAIL_RELOAD`; the configuration's else.
        launcher: `native`, `docker`, a launcher, or None for whichever is there.
        token_api: The JWT service to use; None for one of its own.
        port: The listener's port; 0 for a free one.
        admin_port: The admin port; 0 for a free one.

    Raises:
        ConfigurationError: The module or the configuration cannot be read.
    """

    def __init__(
        self,
        module: Module | Path | str | None = None,
        *,
        workers: int = 2,
        settings: Mapping[str, object] | None = None,
        configuration: Configuration | Path | str | None = None,
        failure_policy: str | None = None,
        launcher: Launcher | str | None = None,
        token_api: TokenApi | None = None,
        port: int = 0,
        admin_port: int = 0,
    ) -> None:
        self.module = read_module(module) if isinstance(module, Path | str) else module
        self.workers = _checked_workers(workers)
        self.settings = _checked_settings(settings)
        self.configuration = (
            configuration
            if isinstance(configuration, Configuration)
            else Configuration.read(configuration or default_configuration())
        )
        self.failure_policy = failure_policy
        self.launcher = choose_launcher(launcher)
        self._own_token_api = token_api is None
        self.token_api = token_api or TokenApi()
        self._watch = Watch()
        self._ports = (port, admin_port)
        # A cell and a button may start and stop at once; one waits for the other.
        self._control = threading.RLock()
        self._run: Run | None = None
        self._last_log: tuple[str, ...] = ()

    def __enter__(self) -> Envoy:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stop_after(self, error)

    @property
    def running(self) -> bool:
        """Return whether Envoy runs."""
        run = self._run
        return run is not None and run.running

    @property
    def url(self) -> str:
        """Return where its listener answers, as a URL.

        Raises:
            LaunchError: It does not run.
        """
        listener = self._started().listener
        if listener is None:
            raise LaunchError("This configuration has no listener.")
        return listener.url

    @property
    def admin_url(self) -> str:
        """Return where its admin port answers, as a URL.

        Raises:
            LaunchError: It does not run.
        """
        return self._started().admin.address.url

    @property
    def pid(self) -> int:
        """Return Envoy's process id; 0 where it cannot be seen from here.

        Raises:
            LaunchError: It does not run.
        """
        return self._started().process.pid

    @property
    def log(self) -> tuple[str, ...]:
        """Return the last lines that Envoy logged, oldest first; after a stop, the last run's."""
        run = self._run
        return self._last_log if run is None else tuple(run.lines)

    def start(self) -> Envoy:
        """Start the token API and Envoy, and wait until it serves traffic.

        Starting one that runs does nothing.

        Returns:
            This Envoy.

        Raises:
            LabError: It could not be started; nothing is left running then.
        """
        with self._control:
            return self if self.running else self._start()

    def _start(self) -> Envoy:
        self.stop()
        self.launcher.prepare()
        self.launcher.clear_leftovers()  # before the ports are looked at: they may hold them
        port, admin_port = self._ports
        check_ports(port, admin_port, ("`port` (--port)", "`admin_port` (--admin-port)"))
        self._watch.begin_anew()
        self.token_api.subscribe(self.record)
        try:
            self._ready_token_api()
            self._run = Run(self.launcher, self._prepare(), self.record)
        except BaseException:
            self.stop()
            raise
        keep_running(self)
        return self

    def stop(self) -> None:
        """End Envoy, and the token API if it is this Envoy's own; twice is fine.

        Raises:
            LabError: A thread that watched Envoy had failed; Envoy is ended all the same.
        """
        with self._control:
            no_longer_running(self)
            run, self._run = self._run, None
            try:
                if run is not None:
                    run.stop()
            finally:
                if run is not None:
                    self._last_log = tuple(run.lines)
                self.token_api.unsubscribe(self.record)
                if self._own_token_api:
                    self.token_api.stop()

    def restart(
        self,
        *,
        workers: int | None = None,
        settings: Mapping[str, object] | None = None,
        launcher: Launcher | str | None = None,
    ) -> Envoy:
        """Stop, change what is given, and start again.

        Args:
            workers: Another number of workers; None keeps it.
            settings: Fields of the plugin configuration to change; the others stay.
            launcher: Another launcher; None keeps it.

        Raises:
            LabError: It could not be started; nothing is left running then, and what was to change
                is as it was.
        """
        with self._control:
            before = self.workers, self.settings, self.launcher
            chosen = self.launcher if launcher is None else choose_launcher(launcher)
            self.stop()
            try:
                self.workers = self.workers if workers is None else _checked_workers(workers)
                self.settings = self.settings | _checked_settings(settings)
                self.launcher = chosen
                return self.start()
            except BaseException:
                self.workers, self.settings, self.launcher = before
                raise

    def validate(self) -> None:
        """Let Envoy check the configuration (`--mode validate`) without starting.

        Raises:
            ConfigurationError: Envoy refuses it; its reason is quoted.
        """
        plan = self._prepare(upstream=Address("127.0.0.1", 1))
        try:
            self.launcher.validate(plan)
        finally:
            remove_run(plan.folder)

    def check(self) -> None:
        """Make sure that it runs and is watched.

        Raises:
            LabError: It does not run, has ended by itself, or is no longer watched.
        """
        self._started()

    def snapshot(self) -> Snapshot:
        """Return the picture of this moment."""
        return self._watch.snapshot()

    def record(self, event: Event) -> None:
        """Take an event in: from the log, the token API or the traffic.

        Args:
            event: What happened.
        """
        self._watch.record(event)

    def wait_until(
        self, condition: Callable[[Snapshot], object], what: str, timeout_s: float = 30.0
    ) -> Snapshot:
        """Wait until the picture fulfils a condition.

        Args:
            condition: Is given a snapshot after each change.
            what: What is waited for, as in `every worker has a token`.
            timeout_s: How long at most, in seconds.

        Returns:
            The first snapshot that fulfils it.

        Raises:
            LaunchError: It did not come about in time, or Envoy ended.
        """
        snapshot = self._watch.wait_until(condition, timeout_s, between=self.check)
        if snapshot is None:
            raise LaunchError(
                f"Waited {timeout_s:g} s, but not yet: {what}.",
                quote="\n".join(self.log[-5:]),
                hint="look at the log (`.log`), or wait longer",
            )
        return snapshot

    def wait_for_tokens(self, timeout_s: float | None = None) -> Snapshot:
        """Wait until every worker holds a token.

        Args:
            timeout_s: How long at most; two tick periods and 10 s else.

        Raises:
            LaunchError: It did not come about in time, or Envoy ended.
        """
        if timeout_s is None:
            timeout_s = 10.0 + 2 * self.snapshot().tick_ms / 1000
        return self.wait_until(
            lambda picture: (
                len(picture.workers) == self.workers
                and all(thread.token for thread in picture.workers)
            ),
            "every worker holds a token",
            timeout_s,
        )

    def ask(self, worker: str, path: str = "/") -> RequestAnswered:
        """Send one request to one worker; its answer is on the board too.

        Args:
            worker: `worker_0` and so on.
            path: The request's path.

        Raises:
            LabError: Envoy does not run, or the worker does not answer.
        """
        answer = self._started().ask(worker, path)
        self.record(answer)
        return answer

    def ask_every_worker(self, path: str = "/") -> tuple[RequestAnswered, ...]:
        """Send one request to each worker; the answers are on the board too.

        Args:
            path: The requests' path.

        Raises:
            LabError: Envoy does not run, or a worker does not answer.
        """
        return tuple(self.ask(f"worker_{number}", path) for number in range(self.workers))

    def figures(self) -> Figures:
        """Return what Envoy itself counts: VMs, reloads, connections, memory.

        Raises:
            LabError: Envoy does not run, or its admin port does not answer.
        """
        run = self._started()
        return run.admin.figures(run.process.rss_bytes())

    def stats(self, pattern: str = "") -> dict[str, int]:
        """Return Envoy's counters and gauges whose names match.

        Args:
            pattern: A regular expression that names match anywhere; all else.

        Raises:
            LabError: Envoy does not run, or its admin port does not answer.
        """
        return self._started().admin.stats(pattern)

    def _started(self) -> Run:
        run = self._run  # once: another thread may stop this Envoy at any moment
        if run is None:
            raise LaunchError("This Envoy does not run.", hint="start it: envoy.start()")
        run.check()
        return run

    def _ready_token_api(self) -> None:
        """Let the token API listen where this launcher's Envoy can reach it."""
        hosts = self.launcher.upstream_hosts()
        if self._own_token_api:
            self.token_api.hosts = hosts
            self.token_api.start()
            return
        missing = set(hosts) - set(self.token_api.hosts) - {_LOOPBACK}
        if missing:
            raise ConfigurationError(
                f"The token API listens on {', '.join(self.token_api.hosts)}, where an Envoy in a"
                " container cannot reach it.",
                hint=f"TokenApi(hosts={hosts!r}), or leave token_api out",
            )

    def _prepare(self, upstream: Address | None = None) -> LaunchPlan:
        """Make the run's folder, with a configuration that fits the launcher."""
        port, admin_port = self._ports
        plan = LaunchPlan(
            folder=open_run(),
            wasm=self.module.path if self.module else None,
            workers=self.workers,
            listener_port=port,
            admin_port=admin_port,
        )
        try:
            places = self.launcher.places(plan)
            moved = self.configuration.moved(
                places,
                upstream=upstream or Address(places.upstream_host, self.token_api.port),
                settings=self.settings,
                failure_policy=self.failure_policy,
            )
            plan.configuration.write_text(moved.dump(), encoding="utf-8")
        except BaseException:
            remove_run(plan.folder)
            raise
        return plan


def _checked_settings(settings: Mapping[str, object] | None) -> dict[str, object]:
    # Asked although it is typed: what a notebook is given, no type checker has seen.
    if settings is not None and not isinstance(settings, Mapping):
        raise ConfigurationError(
            f"{settings!r} are no settings.", hint='give a dictionary: settings={"tick_ms": 1000}'
        )
    return dict(settings or {})


def _checked_workers(workers: int) -> int:
    if type(workers) is not int or not 1 <= workers <= _MOST_WORKERS:
        raise ConfigurationError(
            f"Envoy cannot run with {workers!r} workers here.",
            hint=f"a whole number from 1 to {_MOST_WORKERS}; 2 is plenty on a small machine",
        )
    return workers
