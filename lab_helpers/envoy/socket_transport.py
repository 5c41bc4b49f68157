"""Speak HTTP over a Unix socket, one connection for each request.

httpx's own way (httpcore 1.0) leaves a socket open that it cannot connect, and Envoy may go at any
moment.
"""

from __future__ import annotations

import http.client
import socket
from pathlib import Path

import httpx

__all__ = ["SocketTransport"]


class SocketTransport(httpx.BaseTransport):
    """Send requests of httpx through a Unix socket.

    Args:
        path: The socket's.
        timeout_s: How long an answer may take, in seconds, where a request says nothing of it.
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        self._path = path
        self._timeout_s = timeout_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and read its whole answer.

        Args:
            request: The request.

        Raises:
            httpx.TransportError: Nobody listens there, or no answer came.
        """
        timeout_s = request.extensions.get("timeout", {}).get("read") or self._timeout_s
        connection = _Connection(self._path, timeout_s)
        headers = {**request.headers, "connection": "close"}
        try:
            connection.request(
                request.method, request.url.raw_path.decode("ascii"), request.read(), headers
            )
            reply = connection.getresponse()
            return httpx.Response(reply.status, headers=reply.getheaders(), content=reply.read())
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        except (OSError, http.client.HTTPException) as error:
            raise httpx.ConnectError(str(error), request=request) from error
        finally:
            connection.close()


class _Connection(http.client.HTTPConnection):
    """An HTTP connection whose other end is a file."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)  # closed with the connection, whatever comes
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
