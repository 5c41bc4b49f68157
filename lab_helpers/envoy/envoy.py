"""One running Envoy, as a notebook holds it: what it offers, each part in a module of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lab_helpers.arguments import Seconds, checked
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.admin import Figures, admin_url
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.following import Scene, follow
from lab_helpers.envoy.journey import Journey
from lab_helpers.envoy.live import Live
from lab_helpers.envoy.placement import Placement
from lab_helpers.envoy.remarks import remarks
from lab_helpers.envoy.requests import HeadersGiven, as_request
from lab_helpers.envoy.sending import Received
from lab_helpers.envoy.waiting import wait_for, wait_for_tokens
from lab_helpers.errors import LaunchError

__all__ = ["Envoy"]


class Envoy(Live):
    """Run an Envoy, and watch it.

    Use it in a `with` block, or call `start` and `stop` where the work spans cells. Nothing that it
    starts outlives this process.

    Args:
        module: The compiled filter, its path (`.wasm`; a dynamic module's `.so`), or a filter's
            name or folder as `compile_filter` takes it, which is compiled if need be; several by
            the names of their plugins; None for a configuration that runs its own code, or no Wasm.
        workers: How many worker threads Envoy has (`--concurrency`).
        settings: Fields of the filter's plugin configuration; the article's values else. Of
            several modules each has its own, by its name.
        configuration: The Envoy configuration, anybody's; `envoy/envoy.yaml` else, and for a
            dynamic module `envoy/native.yaml`. Paths in a file are relative to it.
        failure_policy: `FAIL_CLOSED`, `FAIL_OPEN` or `FAIL_RELOAD`; the configuration's else.
        reload_backoff_s: About how long Envoy waits, in seconds, before it makes a failed VM anew
            under `FAIL_RELOAD`; a request must come then. The configuration's else, or 1 s.
        launcher: `native`, `docker`, a launcher, or None for whichever is there.
        token_api: The JWT service to use; None for one of its own.
        port: The listener's port; 0 for a free one.
        admin_port: A TCP port for Envoy's admin, which every user of this machine can reach; 0 for
            a free one. None for none: natively it is a Unix socket then, which is yours alone.
        see: What of the crossings between Envoy and the filter is looked at. `auto`: all, until
            every VM has logged the lab's own lines, or too much crosses. `crossings`: all, always.
            `log`: none, only what the filter logs.
        log_level: From which level on the filter's own lines are shown: `debug`, `info`, `warning`,
            `error` or `critical`. Panics and failures are shown in any case.
        upstream: `all` sends whatever the configuration calls beyond itself to the lab's own
            upstream; else only the cluster `my_custom_svc` is sent there.

    Raises:
        ConfigurationError: The module or the configuration cannot be read, or do not fit.
    """

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
            LaunchError: It does not run, or its admin is a Unix socket, which no URL names.
        """
        return admin_url(self._started().admin.address)

    @property
    def pid(self) -> int:
        """Return Envoy's process id; 0 where it cannot be seen from here.

        Raises:
            LaunchError: It does not run.
        """
        return self._started().process.pid

    @property
    def speaks(self) -> str:
        """Return what its listener speaks, `http` or `tcp`; "" where it has none.

        Raises:
            LaunchError: It does not run.
        """
        return self._started().ways_in.speaks

    @property
    def modules(self) -> tuple[Placement, ...]:
        """Return which module runs where, in the configuration's order.

        Raises:
            ConfigurationError: A module has no place, or more than one is meant.
        """
        return self._order.placements()

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what of its configuration works otherwise than one may think.

        Raises:
            LabError: Its admin port does not answer.
        """
        return remarks(self._order, self._session.run if self.running else None)

    @property
    def log(self) -> tuple[str, ...]:
        """Return the last lines that Envoy logged, oldest first; after a stop, the last run's."""
        return self._session.log

    @checked
    def wait_until(
        self, condition: Callable[[Snapshot], object], what: str, timeout_s: Seconds = 30.0
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
        return wait_for(self._watch, self._session, condition, what, timeout_s)

    @checked
    def wait_for_tokens(self, timeout_s: Seconds | None = None) -> Snapshot:
        """Wait until every worker holds a token.

        A filter that does not log the lab's own lines cannot be asked what it holds: of such a one
        it is enough that a callout of each worker was answered, or that its last answer carried an
        `x-auth`.

        Args:
            timeout_s: How long at most; two tick periods and 10 s else.

        Raises:
            LaunchError: It did not come about in time, or it cannot, as this filter never fetches;
                or Envoy ended.
        """
        self.check()
        given = self.module
        modules = tuple(given.values()) if isinstance(given, Mapping) else (given,) if given else ()
        return wait_for_tokens(self._watch, self._session, modules, self.workers, timeout_s)

    @checked
    def ask(
        self,
        worker: str,
        path: str = "/",
        *,
        method: str = "GET",
        headers: HeadersGiven | None = None,
        body: bytes | str | None = None,
    ) -> Answer:
        """Send one request to one worker; its answer is on the board too.

        Args:
            worker: `worker_0` and so on.
            path: The request's path, with its query.
            method: Its method, such as `POST`.
            headers: A mapping, or pairs of name and value where one is repeated.
            body: Bytes, or text that is sent as UTF-8.

        Returns:
            The answer, whatever its status; of a body 1 MiB at most.

        Raises:
            LabError: Something cannot be sent, Envoy does not run, or the worker does not answer.
        """
        return self._ask(worker, as_request(path, method, headers, body))

    @checked
    def ask_every_worker(
        self,
        path: str = "/",
        *,
        method: str = "GET",
        headers: HeadersGiven | None = None,
        body: bytes | str | None = None,
    ) -> tuple[Answer, ...]:
        """Send one request to each worker; the answers are on the board too.

        Args:
            path: The requests' path, with its query.
            method: Their method, such as `POST`.
            headers: A mapping, or pairs of name and value where one is repeated.
            body: Bytes, or text that is sent as UTF-8.

        Returns:
            The answers in the workers' order, whatever their status.

        Raises:
            LabError: Something cannot be sent, Envoy does not run, or a worker does not answer.
        """
        request = as_request(path, method, headers, body)
        return tuple(self._ask(f"worker_{number}", request) for number in range(self.workers))

    @checked
    def follow(
        self,
        worker: str = "worker_0",
        path: str = "/",
        *,
        method: str = "GET",
        headers: HeadersGiven | None = None,
        body: bytes | str | None = None,
    ) -> Journey:
        """Send one request to one worker, and see all that crosses between Envoy and the filter.

        Envoy's trace is on for as long as the request takes, and then as it was.

        Args:
            worker: `worker_0` and so on.
            path: The request's path, with its query.
            method: Its method, such as `POST`.
            headers: A mapping, or pairs of name and value where one is repeated.
            body: Bytes, or text that is sent as UTF-8.

        Returns:
            Its journey, to be shown; the answer is in it, and on the board.

        Raises:
            LabError: Something cannot be sent, Envoy does not run, or the worker does not answer.
        """
        request = as_request(path, method, headers, body)
        module = self._only_module
        scene = Scene(self._started(), self._watch, self.configuration, module)
        return follow(scene, worker, request)

    @checked
    def send(
        self, data: bytes, *, listener: str | None = None, timeout_s: Seconds = 5.0
    ) -> Received:
        """Send bytes through a TCP filter, on a connection of their own.

        Args:
            data: What to send.
            listener: The listener's name; else the first that makes no HTTP of bytes.
            timeout_s: How long to wait for an answer, in seconds.

        Returns:
            What came back until the other side closed the connection, or paused.

        Raises:
            LabError: Envoy does not run, nothing came back in time, or the filter failed.
        """
        return self._started().send(data, listener, timeout_s)

    def figures(self) -> Figures:
        """Return what Envoy itself counts: VMs, reloads, connections, memory.

        Raises:
            LabError: Envoy does not run, or its admin port does not answer.
        """
        run = self._started()
        with run.answering():
            return run.admin.figures(run.process.rss_bytes(), run.ways_in.stat_prefix)

    @checked
    def stats(self, pattern: str = "") -> dict[str, int]:
        """Return Envoy's counters and gauges whose names match.

        Args:
            pattern: A regular expression that names match anywhere; all else.

        Raises:
            LabError: Envoy does not run, or its admin port does not answer.
        """
        run = self._started()
        with run.answering():
            return run.admin.stats(pattern)

    @property
    def _only_module(self) -> Module | None:
        """Return the filter where there is one alone."""
        return self.module if isinstance(self.module, Module) else None
