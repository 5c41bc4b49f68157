"""The thread in which uvicorn runs, and what can be done to it from outside."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from lab_helpers.errors import TokenApiError
from lab_helpers.token_api.faults import Fault, Switch
from lab_helpers.token_api.gate import Gate
from lab_helpers.token_api.listening import ClaimedPort, bind_error
from lab_helpers.token_api.records import Records

__all__ = ["ServerThread"]

# Longer than the loop needs for all calls that Envoy lets wait.
_PATIENCE_S = 10
# Envoy holds its connections between ticks. Were they closed in between, a callout could meet the
# closing and fail for a reason that no fault explains.
_KEEP_ALIVE_S = 3600
_CLOSING_TURNS = 8

# Without a handler of its own, Python prints uvicorn's warnings into the notebook.
logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())


class ServerThread:
    """One run of the server: from the claimed port to the end of its thread.

    Args:
        app: The service.
        switch: The fault that is on; this thread alone turns it.
        port: The claimed port; closed when the run ends.
        records: Told of an error in the loop that nothing else reports; asked who keeps the loop.
    """

    def __init__(self, app: ASGIApp, switch: Switch, port: ClaimedPort, records: Records) -> None:
        self._switch = switch
        self._port = port
        self._records = records
        self._on_failed = records.fail
        self._gate = Gate()
        self._ready: concurrent.futures.Future[asyncio.AbstractEventLoop] = (
            concurrent.futures.Future()
        )
        self._death: BaseException | None = None
        self._server = _Server(
            uvicorn.Config(
                self._gate.before(app),
                http=self._gate.protocol(),
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
            ),
            lambda: self._ready.set_result(asyncio.get_running_loop()),
        )
        self._thread = threading.Thread(
            target=self._run, name=f"token-api-{port.port}", daemon=True
        )

    def start(self) -> None:
        """Start and wait until requests are answered, or refused where the fault says so.

        Raises:
            TokenApiError: If the server did not come up; the port is given back.
        """
        self._thread.start()
        try:
            self._ready.result(_PATIENCE_S)
        except BaseException as error:
            self._server.should_exit = True
            self._port.close()
            if isinstance(error, KeyboardInterrupt):
                raise
            raise TokenApiError(
                "The token API did not start.",
                quote=f"{type(error).__name__}: {error}",
                hint="start it again; if it fails again, restart the kernel.",
            ) from error

    @property
    def death(self) -> BaseException | None:
        """Why the server ended without being stopped; None while it lives."""
        if self._thread.is_alive() or self._death is not None:
            return self._death
        return RuntimeError("its thread ended")

    @property
    def is_current_thread(self) -> bool:
        """Whether the caller runs in this server's thread, as a callback does."""
        return threading.current_thread() is self._thread

    def turn(self, fault: Fault) -> None:
        """Turn the fault; it holds for every request from the return on.

        From a callback, which runs in the server's thread, it holds as soon as the callback ends.

        Raises:
            TokenApiError: If the port was lost or the server does not react.
        """
        loop = self._ready.result(0)
        if self.is_current_thread:
            turning = loop.create_task(self._turn(fault))
            turning.add_done_callback(self._report)
            return
        before = self._records.asked_total
        try:
            asyncio.run_coroutine_threadsafe(self._turn(fault), loop).result(_PATIENCE_S)
        except TimeoutError as error:
            raise self._too_late(f"did not switch to {fault.value!r}", before) from error

    def stop(self) -> None:
        """End the run: no thread, no socket and no caller is left waiting.

        Raises:
            TokenApiError: If the thread does not end, because a callback does not return.
        """
        before = self._records.asked_total
        # At once, and not as the loop's next turn: thousands of calls may stand before that.
        self._gate.shut = True
        with contextlib.suppress(RuntimeError):  # the loop is closed: it died before
            self._ready.result(0).call_soon_threadsafe(self._leave)
        self._thread.join(_PATIENCE_S)
        self._port.close()
        if self._thread.is_alive():
            raise self._too_late("did not end", before)

    def _too_late(self, what: str, asked_before: int) -> TokenApiError:
        """Say why the loop did not get to something: only a callback that was seen is blamed."""
        late = f"The token API {what} within {_PATIENCE_S} s"
        if callback := self._records.held_by():
            return TokenApiError(
                f"{late}: {callback}, which it calls for each call for a token, has not returned.",
                hint="let that callback return at once; restarting the kernel ends it.",
            )
        asked = self._records.asked_total - asked_before
        return TokenApiError(
            f"{late}. No callback keeps it: it was asked for {asked:,} tokens meanwhile.",
            hint="try once more in a few seconds; a longer tick_ms and fewer workers ask for less.",
        )

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - kept, and told at the next use
            self._death = error
            if not self._ready.done():
                self._ready.set_exception(error)

    async def _serve(self) -> None:
        asyncio.get_running_loop().set_exception_handler(self._on_loop_error)
        self._turning = asyncio.Lock()
        refusing = self._switch.fault is Fault.REFUSE
        if refusing:
            self._gate.shut = True
            self._port.silence()
        try:
            await self._server.serve([] if refusing else self._port.listeners())
        finally:
            await self._shut()  # a loop that is torn down closes nothing by itself
            await _some_turns()
        if not self._gate.leaving:
            raise RuntimeError("uvicorn ended by itself")

    async def _turn(self, fault: Fault) -> None:
        async with self._turning:
            was = self._switch.fault
            self._switch.turn(fault)
            if self._gate.leaving or (was is Fault.REFUSE) == (fault is Fault.REFUSE):
                return
            if fault is Fault.REFUSE:
                await self._shut()
                self._port.silence()
            else:
                self._gate.shut = False
                try:
                    await self._server.startup(self._port.listeners())
                except OSError as error:
                    raise bind_error(error, "its address", self._port.port) from error

    async def _shut(self) -> None:
        """Accept no more, and drop every connection."""
        self._gate.shut = True
        listeners = getattr(self._server, "servers", [])
        # A connection that was accepted a moment ago still waits for its transport. Were its
        # listener closed before that, asyncio (CPython 3.11) would lose the socket. So the
        # listeners look away first, and close some turns later.
        for listener in listeners:
            for listening in listener.sockets:
                _look_away(listening.fileno())
        await _some_turns()
        for listener in listeners:
            listener.close()
        self._gate.drop()

    def _leave(self) -> None:
        if not self._gate.leaving:
            self._gate.leaving = True
            self._leaving = asyncio.get_running_loop().create_task(self._end())

    async def _end(self) -> None:
        try:
            await self._shut()
        finally:
            self._port.close()
            self._server.should_exit = True

    def _on_loop_error(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        error = context.get("exception")
        if not isinstance(error, BaseException):
            error = RuntimeError(str(context.get("message")))
        self._on_failed(error)

    def _report(self, turning: asyncio.Task[None]) -> None:
        if not turning.cancelled() and (error := turning.exception()) is not None:
            self._on_failed(error)


async def _some_turns() -> None:
    """Let the loop turn until a connection accepted in this very turn has met the gate.

    It is accepted, given a transport, announced, aborted, and lost.
    """
    for _ in range(_CLOSING_TURNS):
        await asyncio.sleep(0)


def _look_away(descriptor: int) -> None:
    # Windows' own loop watches no descriptors; there, a connection may be lost to the collector.
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().remove_reader(descriptor)


class _Server(uvicorn.Server):
    """A uvicorn that says when it has started, and can be given new sockets while it runs."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        first = not self.started
        try:
            await super().startup(sockets=sockets)
        except BaseException:
            for listener in sockets or ():
                listener.close()
            raise
        if first:
            self._on_started()
