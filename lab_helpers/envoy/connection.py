"""One TCP connection to Envoy that is kept open between requests."""

from __future__ import annotations

import http.client
import select
import socket
import time
from typing import TYPE_CHECKING

from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.no_answer import HELD_BACK, NoAnswerError
from lab_helpers.envoy.requests import Request
from lab_helpers.errors import TrafficError
from lab_helpers.late import late
from lab_helpers.launch.interface import Address

if TYPE_CHECKING:
    from lab_helpers.envoy import answer_headers
else:
    answer_headers = late("lab_helpers.envoy.answer_headers")

__all__ = ["BODY_KEPT", "Connection", "ConnectionClosedError", "LostConnectionError"]

BODY_KEPT = 1024 * 1024
"""How many bytes of an answer's body are read and kept."""

# Longer than Envoy itself waits for an upstream, 15 s if a route says nothing else: its 504 is an
# answer, and says more than an error of ours.
_TIMEOUT_S = 20.0
_PART = 64 * 1024
_SHORTEST_S = 0.001


class ConnectionClosedError(TrafficError):
    """Envoy closed a connection instead of answering."""


class LostConnectionError(Exception):
    """Envoy closed the connection before it answered.

    Args:
        sent: Whether Envoy may have seen the request.
    """

    def __init__(self, *, sent: bool) -> None:
        super().__init__()
        self.sent = sent


class _AtOnce(http.client.HTTPConnection):
    """Send a request's headers and its body as one.

    `http.client` sends one after the other. An upstream that does not read bodies may have answered
    between the two: then Envoy, and the filter, see of a body now all and now nothing.
    """

    _waiting = b""

    def send(self, data: bytes) -> None:  # type: ignore[override]  # ours are bytes
        """Keep what is to be sent.

        Args:
            data: Some of a request.
        """
        self._waiting += data

    def flush(self) -> None:
        """Send what was kept."""
        waiting, self._waiting = self._waiting, b""
        super().send(waiting)


class Connection:
    """A connection, to one worker.

    `http.client` and not httpx: a pool would open a new connection unasked when this one is lost,
    and the new one may belong to another worker. With `auto_open` off, a loss is an error.

    Args:
        listener: Where Envoy listens.
    """

    def __init__(self, listener: Address) -> None:
        self._listener = listener
        self._http = _AtOnce(listener.host, listener.port, timeout=_TIMEOUT_S)
        self._http.auto_open = False

    def open(self) -> None:
        """Connect.

        Raises:
            NoAnswerError: Nothing listens there, or nobody takes it.
        """
        try:
            self._http.connect()
        except OSError as error:
            raise NoAnswerError(
                f"No connection to {self._listener} can be opened.", quote=str(error)
            ) from error

    def close(self) -> None:
        """Close it; twice is fine."""
        self._http.close()

    def check_open(self) -> None:
        """Make sure that Envoy has not closed it.

        Raises:
            ConnectionClosedError: It has.
        """
        held: socket.socket | None = self._http.sock
        if held is None or _has_ended(held):
            raise ConnectionClosedError(
                f"Envoy closed a connection to {self._listener} as soon as it was open.",
                hint="look at the end of Envoy's log (`.log`)",
            )

    def exchange(self, request: Request, worker: str) -> Answer:
        """Send a request, and read its answer.

        Args:
            request: What to send.
            worker: Which worker the connection belongs to.

        Returns:
            The answer, not judged yet.

        Raises:
            LostConnectionError: Envoy closed the connection before it answered.
            NoAnswerError: No answer began in time.
        """
        began, clock = time.time(), time.monotonic()
        held: socket.socket | None = self._http.sock
        if held is None or _has_ended(held):
            raise LostConnectionError(sent=False)
        try:
            self._send(request)
            reply = self._http.getresponse()
        except TimeoutError as error:
            self.close()
            raise NoAnswerError(
                f"{worker} did not answer within {_TIMEOUT_S:.0f} s.",
                quote=str(error),
                hint=HELD_BACK,
                worker=worker,
            ) from error
        except (http.client.RemoteDisconnected, ConnectionError) as error:
            raise LostConnectionError(sent=True) from error
        except http.client.HTTPException as error:
            self.close()
            raise TrafficError(
                f"What {worker} answered is no HTTP.",
                quote=repr(error),
                hint="ask such a listener with bytes of its own protocol: envoy.send(b…)",
            ) from error
        body, cut, broken = _read_body(reply, held, clock + _TIMEOUT_S)
        seconds = time.monotonic() - clock
        reply.close()
        if reply.will_close or cut:
            self.close()
        else:
            held.settimeout(_TIMEOUT_S)
        return Answer(
            worker=worker,
            status=reply.status,
            headers=answer_headers.AnswerHeaders(reply.getheaders()),
            body=body,
            seconds=seconds,
            time=began,
            method=request.method,
            cut=cut,
            broken=broken,
        )

    def _send(self, request: Request) -> None:
        names = {name.lower() for name, _ in request.headers}
        self._http.putrequest(
            request.method,
            request.path,
            skip_host="host" in names,
            skip_accept_encoding="accept-encoding" in names,
        )
        for name, value in request.headers:
            self._http.putheader(name, value)
        if request.length is not None:
            self._http.putheader("content-length", str(request.length))
        try:
            self._http.endheaders(request.body)
            self._http.flush()
        except (BrokenPipeError, ConnectionResetError):
            # A filter may answer before it has the whole body, and Envoy reads no more of it then.
            # What it answered is still to be read.
            return


def _has_ended(held: socket.socket) -> bool:
    """Return whether Envoy has closed an idle connection: nothing else is to be read from one."""
    waiting = select.poll()
    waiting.register(held, select.POLLIN | select.POLLHUP)
    return bool(waiting.poll(0))


def _read_body(
    reply: http.client.HTTPResponse, held: socket.socket, deadline: float
) -> tuple[bytes, str, bool]:
    """Read a body, as far as it is kept.

    Returns:
        The bytes, why they are not all, and whether the connection was closed within them.
    """
    kept = bytearray()
    try:
        while len(kept) <= BODY_KEPT:
            held.settimeout(max(deadline - time.monotonic(), _SHORTEST_S))
            part = reply.read1(min(_PART, BODY_KEPT + 1 - len(kept)))
            if not part:
                break
            kept += part
    except TimeoutError:
        return bytes(kept), f"it was not complete after {_TIMEOUT_S:.0f} s", False
    except (http.client.HTTPException, ConnectionError):
        return bytes(kept), f"the connection was closed after {len(kept)} bytes", True
    missing = reply.length or 0
    if len(kept) > BODY_KEPT:
        whole = f" of {len(kept) + missing:,}" if reply.length is not None else ""
        return bytes(kept[:BODY_KEPT]), f"the first {BODY_KEPT:,}{whole} bytes", False
    if missing:
        cut = f"the connection was closed after {len(kept)} of {len(kept) + missing} bytes"
        return bytes(kept), cut, True
    return bytes(kept), "", False
