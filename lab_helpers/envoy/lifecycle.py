"""The beginning and the end of an Envoy: what it is made of, start, stop, restart."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from lab_helpers.arguments import Port, Workers, checked
from lab_helpers.board.events import Event
from lab_helpers.board.levels import USUAL_LEVEL
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.watch import Watch
from lab_helpers.compiling.modules import Module
from lab_helpers.endings import keep_running, no_longer_running, stop_after
from lab_helpers.envoy.clusters import check_upstream
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.lookout import NO_WASM, checked_see
from lab_helpers.envoy.order import (
    Order,
    as_configuration,
    checked_log_level,
    checked_settings,
    merged_settings,
)
from lab_helpers.envoy.placement import as_modules
from lab_helpers.envoy.plugin_settings import Backoff
from lab_helpers.envoy.run import Run
from lab_helpers.envoy.session import Session
from lab_helpers.errors import LaunchError
from lab_helpers.launch import Address, Launcher, choose_launcher
from lab_helpers.launch.runs import remove_run
from lab_helpers.token_api import TokenApi
from lab_helpers.waits import waiting

__all__ = ["Lifecycle"]

# Where nobody listens: Envoy judges a configuration without asking its clusters.
_NOWHERE = ("127.0.0.1", 1)


class Lifecycle:
    """What starts, is watched, and ends; `Envoy` says what the arguments are."""

    @checked
    def __init__(  # noqa: PLR0913  # each is a choice of its own, and given by its name
        self,
        module: Module | Path | str | Mapping[str, Module | Path | str] | None = None,
        *,
        workers: Workers = 2,
        settings: Mapping[str, object] | None = None,
        configuration: Configuration | Path | str | None = None,
        failure_policy: str | None = None,
        reload_backoff_s: Backoff | None = None,
        launcher: Launcher | str | None = None,
        token_api: TokenApi | None = None,
        port: Port = 0,
        admin_port: Port | None = None,
        see: str = "auto",
        log_level: str = USUAL_LEVEL,
        upstream: str | None = None,
    ) -> None:
        self.module = as_modules(module)
        self.workers = workers
        self.settings = checked_settings(settings, self.module)
        self.configuration = as_configuration(configuration, self.module)
        self.configuration.placements(self.module)
        self.upstream = check_upstream(upstream)
        self.failure_policy = failure_policy
        self.reload_backoff_s = reload_backoff_s
        self.launcher = choose_launcher(launcher)
        self._watch = Watch()
        self._ports = (port, admin_port)
        self._see = checked_see(see)
        self.log_level = checked_log_level(log_level)
        self._session = Session(token_api, self._watch)
        # A cell and a button may start and stop at once; one waits for the other.
        self._control = threading.RLock()

    def __enter__(self) -> Self:
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
        return self._session.running

    @property
    def token_api(self) -> TokenApi:
        """Return the JWT service that it asks."""
        return self._session.token_api

    def start(self) -> Self:
        """Start the token API and Envoy, and wait until it serves traffic.

        Starting one that runs does nothing.

        Returns:
            This Envoy.

        Raises:
            LabError: It could not be started; nothing is left running then.
        """
        with self._control:
            return self if self.running else self._start()

    def _start(self) -> Self:
        self._end()
        self.launcher.prepare()
        self.launcher.clear_leftovers()  # before the ports are looked at: they may hold them
        order = self._order
        order.check_ports()
        self._watch.begin_anew()
        try:
            with waiting("Starting Envoy"):
                self._session.start(order)
        except LaunchError as error:
            for remark in order.configuration.remarks(self.module, told=bool(self.settings)):
                error.add_note(f"Note: {remark}.")
            self._end()
            raise
        except BaseException:
            self._end()
            raise
        keep_running(self)
        return self

    def stop(self) -> None:
        """End Envoy, and the token API if it is this Envoy's own; twice is fine.

        Raises:
            LabError: A thread that watched Envoy had failed; Envoy is ended all the same.
        """
        self._end()

    def _end(self) -> None:
        with self._control:
            no_longer_running(self)
            self._session.stop()

    @checked
    def restart(
        self,
        *,
        workers: Workers | None = None,
        settings: Mapping[str, object] | None = None,
        launcher: Launcher | str | None = None,
        log_level: str | None = None,
    ) -> Self:
        """Stop, change what is given, and start again.

        Args:
            workers: Another number of workers; None keeps it.
            settings: Fields of the plugin configuration to change; the others stay.
            launcher: Another launcher; None keeps it.
            log_level: Another level of the filter's own lines; None keeps it.

        Raises:
            LabError: It could not be started; nothing is left running then, and what was to change
                is as it was.
        """
        with self._control:
            before = self.workers, self.settings, self.launcher, self.log_level
            chosen = self.launcher if launcher is None else choose_launcher(launcher)
            self._end()
            try:
                self.workers = self.workers if workers is None else workers
                changed = checked_settings(settings, self.module)
                self.settings = merged_settings(self.settings, changed, self.module)
                self.launcher = chosen
                self.log_level = checked_log_level(log_level or self.log_level)
                return self.start()
            except BaseException:
                self.workers, self.settings, self.launcher, self.log_level = before
                raise

    def validate(self) -> None:
        """Let Envoy check the configuration (`--mode validate`) without starting.

        Raises:
            ConfigurationError: Envoy refuses it; its reason is quoted.
        """
        plan = self._order.prepare(Address(*_NOWHERE))
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

    @checked
    def record(self, event: Event) -> None:
        """Take an event in: from the log, the token API or the traffic.

        Args:
            event: What happened.
        """
        self._watch.record(event)

    @property
    def _order(self) -> Order:
        port, admin_port = self._ports
        return Order(
            modules=self.module,
            workers=self.workers,
            settings=self.settings,
            configuration=self.configuration,
            failure_policy=self.failure_policy,
            launcher=self.launcher,
            port=port,
            admin_port=admin_port,
            see=self._see if self.configuration.has_wasm else NO_WASM,
            log_level=self.log_level,
            upstream=self.upstream,
            reload_backoff_s=self.reload_backoff_s,
        )

    @property
    def _run(self) -> Run | None:
        return self._session.run

    def _started(self) -> Run:
        return self._session.started()
