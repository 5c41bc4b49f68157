"""Send requests through Envoy, one held connection for each worker.

A connection stays on the worker that accepted it, and `exact_balance` hands each new one to the
worker with the fewest. So connections that are opened one after another, and held, reach every
worker for certain; which worker has which is read from Envoy's own figures, not guessed.
"""

from __future__ import annotations

import http.client
import re
import select
import socket
import time

from lab_helpers.board.events import RequestAnswered
from lab_helpers.envoy.admin import Admin
from lab_helpers.errors import TrafficError
from lab_helpers.launch.interface import Address

__all__ = ["ConnectionClosedError", "Traffic"]

_TIMEOUT_S = 15.0
_ACTIVE = "downstream_cx_active"
_ACCEPTED_S = 5.0
_POLL_S = 0.005
_PATH = re.compile(r"/[!-~]*")
# Somebody else's connections (a browser's, say) shift the balance; a few more tries make up for it.
_SPARE_TRIES = 8
_REFUSED = 400
_LONGEST_WORDS = 200
# What an upstream's answer carries, and Envoy's own does not.
_OF_AN_UPSTREAM = "x-envoy-upstream-service-time"


class ConnectionClosedError(TrafficError):
    """Envoy closed a connection instead of answering."""


class Traffic:
    """Connections to a running Envoy.

    Args:
        listener: Where Envoy listens.
        admin: Its admin port.
        workers: How many workers it has.
    """

    def __init__(self, listener: Address, admin: Admin, workers: int) -> None:
        self._listener = listener
        self._admin = admin
        self._workers = tuple(f"worker_{number}" for number in range(workers))
        self._held: dict[str, _Connection] = {}

    def close(self) -> None:
        """Close every connection; twice is fine."""
        for connection in self._held.values():
            connection.close()
        self._held.clear()

    def ask(self, worker: str, path: str = "/") -> RequestAnswered:
        """Send one request to one worker.

        Args:
            worker: `worker_0` and so on.
            path: The request's path.

        Returns:
            The answer, whatever its status.

        Raises:
            TrafficError: There is no such worker, or it does not answer.
        """
        if worker not in self._workers:
            raise TrafficError(f"There is no {worker}.", hint=f"one of: {', '.join(self._workers)}")
        if not _PATH.fullmatch(path):
            raise TrafficError(
                f"{path!r} is no path of a request.",
                hint='begin it with "/"; urllib.parse.quote writes other letters than ASCII\'s',
            )
        self._reach()
        try:
            return self._held[worker].get(path, worker)
        except _LostConnectionError:
            # Envoy closes a connection now and then, for example as it reloads: reach anew.
            self._held.pop(worker).close()
            self._reach()
        try:
            return self._held[worker].get(path, worker)
        except _LostConnectionError as error:
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
        surplus: list[_Connection] = []
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

    def _open_connection(self) -> tuple[_Connection, str]:
        """Open one connection, and see in Envoy's figures which worker took it."""
        before = self._admin.worker_stats(_ACTIVE)
        connection = _Connection(self._listener)
        deadline = time.monotonic() + _ACCEPTED_S
        try:
            connection.open()
            while time.monotonic() < deadline:
                after = self._admin.worker_stats(_ACTIVE)
                grown = [name for name, count in after.items() if count > before.get(name, 0)]
                if len(grown) == 1:
                    return connection, grown[0]
                connection.check_open()
                if len(grown) > 1:
                    break  # somebody else connected at the same moment: which is ours is unknown
                before = {name: min(count, before.get(name, 0)) for name, count in after.items()}
                time.sleep(_POLL_S)  # between two looks at the figures, until the deadline
        except BaseException:
            connection.close()
            raise
        connection.close()
        raise TrafficError(
            f"It cannot be told which worker took a connection to {self._listener}.",
            hint="close other programs that connect to this Envoy, and ask again",
        )


class _LostConnectionError(Exception):
    """Envoy closed the connection between two requests."""


class _Connection:
    """One TCP connection that is kept open between requests.

    `http.client` and not httpx: a pool would open a new connection unasked when this one is lost,
    and the new one may belong to another worker. With `auto_open` off, a loss is an error.
    """

    def __init__(self, listener: Address) -> None:
        self._listener = listener
        self._http = http.client.HTTPConnection(listener.host, listener.port, timeout=_TIMEOUT_S)
        self._http.auto_open = False

    def open(self) -> None:
        try:
            self._http.connect()
        except OSError as error:
            raise TrafficError(
                f"Nothing listens on {self._listener}.",
                quote=str(error),
                hint="Envoy may have ended: start it again",
            ) from error

    def close(self) -> None:
        self._http.close()

    def check_open(self) -> None:
        """Make sure that Envoy has not closed it.

        Raises:
            ConnectionClosedError: It has.
        """
        if self._is_closed():
            raise ConnectionClosedError(
                f"Envoy closed a connection to {self._listener} as soon as it was open.",
                hint="look at the end of Envoy's log (`.log`)",
            )

    def _is_closed(self) -> bool:
        connected = self._http.sock
        if connected is None:
            return True
        readable, _, _ = select.select([connected], [], [], 0)
        if not readable:
            return False
        try:
            return connected.recv(1, socket.MSG_PEEK) == b""
        except ConnectionError:
            return True

    def get(self, path: str, worker: str) -> RequestAnswered:
        began, clock = time.time(), time.monotonic()
        try:
            self._http.request("GET", path)
            reply = self._http.getresponse()
            body = reply.read()
        except TimeoutError as error:
            self._http.close()
            raise TrafficError(
                f"{worker} did not answer within {_TIMEOUT_S:.0f} s.",
                quote=str(error),
                hint="does the filter hold responses back (ActionPause)? Or does the token API"
                " hang? It is the upstream of these requests, too",
            ) from error
        except (http.client.HTTPException, ConnectionError) as error:
            raise _LostConnectionError from error
        latency_ms = (time.monotonic() - clock) * 1000
        headers = tuple((name.lower(), value) for name, value in reply.getheaders())
        if reply.will_close:
            self._http.close()
        said = _words_of_envoy(reply, body)
        return RequestAnswered(began, worker, reply.status, headers, latency_ms, said)


def _words_of_envoy(reply: http.client.HTTPResponse, body: bytes) -> str:
    """Return the text of an answer that Envoy itself made of a failure; "" for any other."""
    plain = str(reply.getheader("content-type", "")).startswith("text/plain")
    if reply.status < _REFUSED or not plain or reply.getheader(_OF_AN_UPSTREAM) is not None:
        return ""
    return body[:_LONGEST_WORDS].decode(errors="replace").strip()
