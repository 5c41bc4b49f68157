"""The HTTP service: a token at `/auth`, the keys, and a greeting everywhere else."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lab_helpers.board.events import TokenAsked
from lab_helpers.token_api.faults import Fault, Reply, Switch, reply_to
from lab_helpers.token_api.signing import Issuer

__all__ = ["build_app"]

# The tag goes into a claim and into pictures: nothing else than what a tag can be.
_TAG = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def build_app(
    issuer: Issuer,
    switch: Switch,
    on_asked: Callable[[TokenAsked], None],
    on_failed: Callable[[Exception], None],
) -> ASGIApp:
    """Build the service.

    Args:
        issuer: Who signs the tokens.
        switch: The fault that is on.
        on_asked: Told of every call for a token, in the server's loop, before the reply leaves.
        on_failed: Told of an exception that no route meant to raise; the caller gets a 500.

    Returns:
        The ASGI application.
    """

    async def keys(_: Request) -> Response:
        return JSONResponse(issuer.jwks())

    app = Starlette(
        routes=[
            Route("/auth", _TokenEndpoint(issuer, switch, on_asked)),
            Route("/.well-known/jwks.json", keys),
            Route("/{path:path}", _greet_endpoint),
        ]
    )

    async def surfacing(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await app(scope, receive, send)
        except Exception as error:
            on_failed(error)
            raise

    return surfacing


class _Greeting:
    """Greet on every path and with every method: the service is the upstream as well.

    A class, for Starlette gives a function no other methods than GET.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        text = f"Hello from the upstream. You asked for {scope['path']}\n"
        await PlainTextResponse(text)(scope, receive, send)


_greet_endpoint = _Greeting()


class _TokenEndpoint:
    """Answer `GET /auth`, or fail at it as the switch says."""

    def __init__(
        self, issuer: Issuer, switch: Switch, on_asked: Callable[[TokenAsked], None]
    ) -> None:
        self._issuer = issuer
        self._switch = switch
        self._on_asked = on_asked

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method not in {"GET", "HEAD"}:
            refusal = PlainTextResponse("Ask with GET.\n", 405, {"allow": "GET, HEAD"})
            await refusal(scope, receive, send)
            return
        asked_at = time.time()
        vm = request.headers.get("x-wasm-vm", "")
        vm = vm if _TAG.fullmatch(vm) else ""
        while (fault := self._switch.fault).holds:
            if not await _outlast(self._switch.change, receive):
                self._note(asked_at, vm, fault)
                return
        reply = reply_to(vm, fault, self._issuer)
        self._note(asked_at, vm, fault, reply)
        response = Response(reply.body, reply.status)
        response.raw_headers.extend(reply.headers)
        await response(scope, receive, send)

    def _note(self, asked_at: float, vm: str, fault: Fault, reply: Reply | None = None) -> None:
        self._on_asked(
            TokenAsked(
                time=asked_at,
                vm=vm,
                status=reply.status if reply else 0,
                fault=fault.value,
                token=reply.token if reply else "",
                expires_at=reply.expires_at if reply else 0,
            )
        )


async def _outlast(change: Callable[[], Awaitable[None]], receive: Receive) -> bool:
    """Wait for a change of the fault; return False when the caller left before it."""

    async def gone() -> None:
        message: Message = {}
        while message.get("type") != "http.disconnect":
            message = await receive()

    left = asyncio.ensure_future(gone())
    changed = asyncio.ensure_future(change())
    try:
        await asyncio.wait((left, changed), return_when=asyncio.FIRST_COMPLETED)
        return not left.done()
    finally:
        left.cancel()
        changed.cancel()
