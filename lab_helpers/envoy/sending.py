"""Send bytes through a TCP filter, and read what comes back."""

from __future__ import annotations

import socket
import time

from lab_helpers.envoy.no_answer import NoAnswerError
from lab_helpers.errors import TrafficError
from lab_helpers.launch.interface import Address

__all__ = ["Received", "send_bytes"]

_PIECE = 65_536
# TCP has no end of an answer: one that keeps the connection is over when it has paused this long.
_PAUSE_S = 0.5
_SHOWN = 60
_MOST_BYTES = 16 << 20


class Received(bytes):
    """The bytes that came back; in a notebook their number, and the first of them."""

    __slots__ = ()

    def __repr__(self) -> str:
        shown = bytes(self[:_SHOWN])
        more = "…" if len(self) > _SHOWN else ""
        return f"<{len(self)} bytes: {shown!r}{more}>"


def send_bytes(listener: Address, data: bytes, timeout_s: float) -> Received:
    """Open one connection, send, and read until the other side closes or pauses.

    Args:
        listener: Where Envoy listens.
        data: What to send.
        timeout_s: How long to wait for the first bytes, in seconds.

    Returns:
        What came back; nothing where the connection was closed without an answer.

    Raises:
        NoAnswerError: Nothing listens there, or nothing came in time.
        TrafficError: What is to be sent is not bytes.
    """
    # Asked although it is typed: what a notebook is given, no type checker has seen.
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TrafficError(
            f"{data!r} is not bytes, and a TCP filter sees nothing else.",
            hint='write a b before the quote, as in envoy.send(b"hello")',
        )
    try:
        with socket.create_connection((listener.host, listener.port), timeout_s) as connection:
            connection.sendall(data)
            return Received(_read(connection, timeout_s))
    except ConnectionRefusedError as error:
        raise NoAnswerError(f"Nothing listens on {listener}.", quote=str(error)) from error
    except TimeoutError as error:
        raise NoAnswerError(
            f"Nothing came back from {listener} within {timeout_s:g} s, and the connection stays"
            " open.",
            hint="does the filter hold the bytes back (ActionPause)? Does the protocol behind it"
            " want more of them? The end of Envoy's log (`.log`) may tell",
        ) from error


def _read(connection: socket.socket, timeout_s: float) -> bytes:
    received = bytearray()
    deadline = time.monotonic() + timeout_s
    while len(received) < _MOST_BYTES:
        # After the first bytes a pause is the end; before them it is a failure.
        wait_s = _PAUSE_S if received else deadline - time.monotonic()
        connection.settimeout(max(wait_s, 0.001))
        try:
            piece = connection.recv(_PIECE)
        except ConnectionResetError:
            break
        except TimeoutError:
            if received:
                break
            raise
        if not piece:
            break
        received += piece
    return bytes(received)
