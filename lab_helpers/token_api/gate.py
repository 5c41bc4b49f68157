"""The gate that the token API's connections pass: shut, it lets nothing more through."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["Gate"]


class Gate:
    """The open connections; while it is shut, a new one is dropped before its first byte is read.

    One that the loop was just accepting when the gate shut is not among the open ones yet: it
    comes to `protocol` a moment later.
    """

    def __init__(self) -> None:
        self.shut = False
        self.leaving = False
        self._open: set[asyncio.Transport] = set()

    def drop(self) -> None:
        """Close every open connection without another word."""
        for transport in tuple(self._open):
            transport.abort()

    def before(self, app: ASGIApp) -> ASGIApp:
        """Return the service behind this gate: while it is shut, no call is worked off any more."""

        async def gated(scope: Scope, receive: Receive, send: Send) -> None:
            # The caller's connection is dropped in a moment. Whatever waits here waits in vain.
            if not self.shut:
                await app(scope, receive, send)

        return gated

    def protocol(self) -> type[HttpToolsProtocol]:
        """Return uvicorn's HTTP protocol, made to pass through this gate."""
        gate = self

        class Gated(HttpToolsProtocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                gate._open.add(transport)
                if gate.shut:
                    transport.abort()

            def data_received(self, data: bytes) -> None:
                if gate.shut:
                    self.transport.abort()
                else:
                    super().data_received(data)

            def connection_lost(self, exc: Exception | None) -> None:
                gate._open.discard(self.transport)
                super().connection_lost(exc)

        return Gated
