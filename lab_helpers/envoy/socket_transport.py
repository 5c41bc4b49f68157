"""Speak HTTP over a Unix socket, without leaving one open where nobody listens."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx

__all__ = ["SocketTransport"]


class SocketTransport(httpx.HTTPTransport):
    """Knock before each request: httpcore 1.0 leaves a socket open that it cannot connect.

    Args:
        path: The socket's.
        timeout_s: How long a knock may take, in seconds.
    """

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__(uds=str(path))
        self._path = path
        self._timeout_s = timeout_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request.

        Args:
            request: The request.

        Raises:
            httpx.ConnectError: Nobody listens there.
        """
        with socket.socket(socket.AF_UNIX) as knock:
            knock.settimeout(self._timeout_s)
            try:
                knock.connect(str(self._path))
            except OSError as error:
                raise httpx.ConnectError(str(error), request=request) from error
        return super().handle_request(request)
