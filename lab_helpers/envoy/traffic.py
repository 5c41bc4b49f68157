"""Send requests through Envoy, one held connection for each worker.

A connection stays on the worker that accepted it, and `exact_balance` hands each new one to the
worker with the fewest. So connections that are opened one after another, and held, reach every
worker for certain; which worker has which is read from Envoy's own figures, not guessed.
"""

from __future__ import annotations

import time

from lab_helpers.envoy.admin import Admin
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.connection import Connection, ConnectionClosedError, LostConnectionError
from lab_helpers.envoy.no_answer import NoAnswerError
from lab_helpers.envoy.requests import Request
from lab_helpers.errors import TrafficError
from lab_helpers.launch.interface import Address

__all__ = ["Traffic"]

# A counter, not the gauge of those that are open: one of ours that Envoy is just closing would hide
# there the one that is just opened.
_ACCEPTED = "downstream_cx_total"
_ACCEPTED_S = 5.0
_POLL_S = 0.005
# Somebody else's connections (a browser's, say) shift the balance; a few more tries make up for it.
_SPARE_TRIES = 8
# While others connect all the time, one try in a few is alone.
_TRIES_AMONG_OTHERS = 50


class Traffic:
    """Connections to a running Envoy.

    Args:
        listener: Where Envoy listens.
        admin: Its admin port.
        workers: How many workers it has.
        stat_prefix: What the counters of the listener begin with: there may be others beside it.
    """

    def __init__(self, listener: Address, admin: Admin, workers: int, stat_prefix: str) -> None:
        self._listener = listener
        self._stat_prefix = stat_prefix
        self._admin = admin
        self._workers = tuple(f"worker_{number}" for number in range(workers))
        self._held: dict[str, Connection] = {}

    def close(self) -> None:
        """Close every connection; twice is fine."""
        for connection in self._held.values():
            connection.close()
        self._held.clear()

    def ask(self, worker: str, request: Request) -> Answer:
        """Send one request to one worker.

        Args:
            worker: `worker_0` and so on.
            request: What to send.

        Returns:
            The answer, whatever its status; not judged yet.

        Raises:
            TrafficError: There is no such worker, or it does not answer.
        """
        if worker not in self._workers:
            raise TrafficError(f"There is no {worker}.", hint=f"one of: {', '.join(self._workers)}")
        self._reach()
        try:
            return self._held[worker].exchange(request, worker)
        except LostConnectionError as error:
            # Envoy closes a connection now and then, for example as it reloads: reach anew.
            self._held.pop(worker).close()
            if error.sent and not request.may_be_sent_twice:
                raise TrafficError(
                    f"{worker} closed the connection without an answer, and a {request.method} is"
                    " not sent twice unasked: it may have been heard.",
                    quote=repr(error.__cause__),
                    hint="look at the end of Envoy's log (`.log`), then ask again",
                ) from error
            self._reach()
        try:
            return self._held[worker].exchange(request, worker)
        except LostConnectionError as error:
            raise ConnectionClosedError(
                f"{worker} closed the connection without an answer, twice.",
                quote=repr(error.__cause__),
                hint="look at the end of Envoy's log (`.log`)",
            ) from error

    def _reach(self) -> None:
        """Hold a connection to every worker."""
        missing = [worker for worker in self._workers if worker not in self._held]
        if not missing:
            return
        surplus: list[Connection] = []
        try:
            for _ in range(len(self._workers) + _SPARE_TRIES):
                connection, worker = self._open_connection()
                if worker in self._held:
                    surplus.append(connection)
                else:
                    self._held[worker] = connection
                if len(self._held) == len(self._workers):
                    return
        finally:
            for connection in surplus:
                connection.close()
        missing = [worker for worker in self._workers if worker not in self._held]
        raise TrafficError(
            f"No connection reached {', '.join(missing)}.",
            hint="add `connection_balance_config: {exact_balance: {}}` to the listener; without it"
            " the kernel spreads connections by chance",
        )

    def _open_connection(self) -> tuple[Connection, str]:
        """Open one connection, and see in Envoy's figures which worker took it.

        Raises:
            TrafficError: Others connect so often that it cannot be told.
            NoAnswerError: No worker took it.
        """
        grown: list[str] = []
        for _ in range(_TRIES_AMONG_OTHERS):
            connection = Connection(self._listener)
            try:
                grown = self._takers(connection)
            except BaseException:
                connection.close()
                raise
            if len(grown) == 1:
                return connection, grown[0]
            connection.close()  # somebody else connected at the same moment
        raise TrafficError(
            f"It cannot be told which worker took a connection to {self._listener}:"
            f" {' and '.join(grown)} took one each at the same moment.",
            hint="close other programs that connect to this Envoy, and ask again",
        )

    def _takers(self, connection: Connection) -> list[str]:
        """Open a connection; return which workers took one since, which is one as a rule."""
        before = self._admin.worker_stats(_ACCEPTED, self._stat_prefix)
        deadline = time.monotonic() + _ACCEPTED_S
        connection.open()
        while time.monotonic() < deadline:
            after = self._admin.worker_stats(_ACCEPTED, self._stat_prefix)
            # It counts one that was closed at once, too: a TCP filter may have done that.
            connection.check_open()
            grown = [name for name, count in after.items() if count > before.get(name, 0)]
            if grown:
                return grown
            time.sleep(_POLL_S)  # between two looks at the figures, until the deadline
        raise NoAnswerError(
            f"No worker took a connection to {self._listener} within {_ACCEPTED_S:.0f} s."
        )
