"""A Unix socket in front of the daemon's, which a test can cut: the daemon is gone, to the lab.

It can hold an answer back, too: the daemon has done something, and the lab does not know it yet.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from types import TracebackType


class Relay:
    """Pass everything on, both ways, until it is cut."""

    def __init__(self, path: Path, upstream: str) -> None:
        self.path = path
        self._upstream = upstream
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._door.bind(str(path))
        self._door.listen()
        self._open: list[socket.socket] = []
        self._held = b""
        self._let_go = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self) -> Relay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.cut()

    def hold_answers_to(self, request: str) -> None:
        """Hold back what the daemon answers to such a request, until `let_go`.

        Args:
            request: What is in the request's first line.
        """
        self._held = request.encode()

    def let_go(self) -> None:
        """Pass on what was held back, and hold nothing any more."""
        self._let_go.set()

    def cut(self) -> None:
        """End every connection, and answer no new one."""
        self.let_go()
        self.path.unlink(missing_ok=True)
        for end in (self._door, *self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        for end in (self._door, *self._open):
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._door.accept()
                far = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self._open += [near, far]
                far.connect(self._upstream)
                holds = threading.Event()
                for source, target in ((near, far), (far, near)):
                    way = (source, target, holds, source is near)
                    thread = threading.Thread(target=self._pass_on, args=way)
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(
        self, source: socket.socket, target: socket.socket, holds: threading.Event, asks: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if asks and self._held and self._held in data.partition(b"\r\n")[0]:
                    holds.set()
                if not asks and holds.is_set():
                    self._let_go.wait()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
