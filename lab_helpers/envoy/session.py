"""What runs at present, if anything: the run, and the token API's part in it."""

from __future__ import annotations

from lab_helpers.board.events import Event, ThreadsNamed, VmEnded, VmStarted
from lab_helpers.board.levels import is_shown
from lab_helpers.board.watch import Watch
from lab_helpers.envoy.lookout import Lookout
from lab_helpers.envoy.order import Order
from lab_helpers.envoy.probe import Probe
from lab_helpers.envoy.run import Run
from lab_helpers.errors import ConfigurationError, LaunchError
from lab_helpers.launch import Launcher
from lab_helpers.token_api import TokenApi

__all__ = ["Session"]

_LOOPBACK = "127.0.0.1"
# A port that the configuration names twice is chosen before Envoy starts, and may be gone then.
_PORT_TRIES = 5
_TAKEN = "Address already in use"


class Session:
    """Start a run and the token API that it asks, and end both.

    Args:
        token_api: The JWT service; None for one that belongs to the session and ends with it.
        watch: Takes each event in, from the log and from the token API.
    """

    def __init__(self, token_api: TokenApi | None, watch: Watch) -> None:
        self._own_token_api = token_api is None
        self.token_api = token_api or TokenApi()
        self._watch = watch
        self.run: Run | None = None
        self._last_log: tuple[str, ...] = ()
        self._chosen_ports: tuple[int, ...] = ()

    @property
    def running(self) -> bool:
        """Return whether Envoy runs."""
        run = self.run  # once: another thread may stop it at any moment
        return run is not None and run.running

    @property
    def log(self) -> tuple[str, ...]:
        """Return the last lines that Envoy logged, oldest first; after a stop, the last run's."""
        run = self.run
        return self._last_log if run is None else tuple(run.lines)

    def start(self, order: Order) -> None:
        """Start the token API and Envoy, and wait until it serves traffic.

        Args:
            order: What to run. Its launcher is ready, and its ports are free.

        Raises:
            LabError: It could not be started; `stop` ends what there is.
        """
        self.token_api.subscribe(self._watch.record)
        self._ready_token_api(order.launcher)
        for left in reversed(range(_PORT_TRIES)):
            try:
                self._launch(order)
            except LaunchError as error:
                if not left or not self._lost_a_port(error):
                    raise
                self._watch.begin_anew()
            else:
                return

    def _launch(self, order: Order) -> None:
        lookout = Lookout(order.see, order.quiet_level, self._watch.record)
        plan = order.prepare(self.token_api.port, wasm_level=lookout.level)
        self._chosen_ports = plan.chosen_ports

        def hear(*events: Event) -> None:
            shown = [event for event in events if is_shown(event, order.log_level)]
            self._watch.record(*shown)
            if any(isinstance(event, VmStarted | VmEnded | ThreadsNamed) for event in events):
                self._look(lookout)

        probe = Probe(self._watch.snapshot, order.modules, order.configuration.has_wasm)
        self.run = Run(order.launcher, plan, hear, lookout, probe)

    def _lost_a_port(self, error: LaunchError) -> bool:
        """Return whether another program took a port between its choice and Envoy's start."""
        said = "\n".join((error.quote, *error.log_tail))
        return _TAKEN in said and any(f":{port}'" in said for port in self._chosen_ports)

    def stop(self) -> None:
        """End Envoy, and the token API if it is the session's own; twice is fine.

        Raises:
            LabError: A thread that watched Envoy had failed; Envoy is ended all the same.
        """
        run, self.run = self.run, None
        try:
            if run is not None:
                run.stop()
        finally:
            if run is not None:
                self._last_log = tuple(run.lines)
            self.token_api.unsubscribe(self._watch.record)
            if self._own_token_api:
                self.token_api.stop()

    def started(self) -> Run:
        """Return what runs.

        Raises:
            LabError: Nothing does, it has ended by itself, or it is no longer watched.
        """
        run = self.run
        if run is None:
            raise LaunchError("This Envoy does not run.", hint="start it: envoy.start()")
        run.check()
        return run

    def _look(self, lookout: Lookout) -> None:
        """Look at no more crossings once each VM has told of itself."""
        if self._watch.every_vm_spoke():
            lookout.hear_everybody()

    def _ready_token_api(self, launcher: Launcher) -> None:
        """Let the token API listen where this launcher's Envoy can reach it."""
        hosts = launcher.upstream_hosts()
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
