"""One running Envoy, as a notebook holds it: what it offers, each part in a module of its own."""

from __future__ import annotations

from collections.abc import Callable

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.envoy.admin import Figures
from lab_helpers.envoy.lifecycle import Lifecycle
from lab_helpers.envoy.waiting import wait_for, wait_for_tokens
from lab_helpers.errors import LaunchError

__all__ = ["Envoy"]


class Envoy(Lifecycle):
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
        see: What of the crossings between Envoy and the filter is looked at. `auto`: all, until
            every VM has logged the lab's own lines, or too much crosses. `crossings`: all, always.
            `log`: none, only what the filter logs.

    Raises:
        ConfigurationError: The module or the configuration cannot be read.
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
        return self._session.log

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
        return wait_for(self._watch, self._session, condition, what, timeout_s)

    def wait_for_tokens(self, timeout_s: float | None = None) -> Snapshot:
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
        return wait_for_tokens(self._watch, self._session, self.module, self.workers, timeout_s)

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
