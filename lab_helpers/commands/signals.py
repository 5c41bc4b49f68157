"""Ctrl-C and SIGTERM: what was begun is undone, and no stack trace is shown."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

__all__ = ["ended_in_order", "loading", "stop_on_signals"]

# Python shows an exception that is raised in one of these, and goes on as if there had been none:
# what clears up after an object, and what importlib and weak collections do as one of theirs goes.
_IGNORED_IN = {"__del__", "cb"}
_IGNORED_IN_FILES = ("weakref.py", "_weakrefset.py")
_LATER_S = 0.01
_Handler = Callable[[int, FrameType | None], Any] | int | None
# SIGHUP is what a terminal that is closed sends; Windows has none.
_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# What was there as the command began: `lab_entry` ends it at once.
_at_first: dict[int, _Handler] = {}


@contextlib.contextmanager
def ended_in_order() -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and SIGHUP undo what a command has begun, such as to hide the cursor.

    The first raises `KeyboardInterrupt`, as ever; the others `SystemExit`, with 128 and their
    number. One of these that comes again, while that goes on, ends the process at once.
    """
    there = {number: signal.getsignal(number) for number in _ENDING}
    # Where a script put the command in the background, Ctrl-C is ignored, and stays so.
    heard = {number: old for number, old in there.items() if old not in (signal.SIG_IGN, None)}
    _at_first.update(heard)
    for number in heard:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number, old in heard.items():
            signal.signal(number, old)
        _at_first.clear()


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """Let a signal end a command at once while its modules are loaded: it has begun nothing yet.

    An exception in the middle of an import may become another one, in the words of what is loaded.
    """
    before = {number: signal.getsignal(number) for number in _at_first}
    for number, handler in _at_first.items():
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_on_signals(stop: threading.Event) -> None:
    """Let Ctrl-C and SIGTERM end the wait; only the main thread may ask for that.

    Python runs a handler in the main thread, between any two steps of what it does there. Within
    `stop.wait()` that may be where it holds the event's lock, and `stop.set()` would then wait for
    ever. So the handler takes no lock: it writes a byte, and a thread that reads it does the rest.

    Args:
        stop: Set when one comes.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    reading, writing = os.pipe()
    os.set_blocking(writing, False)

    def note(_number: int, _frame: FrameType | None) -> None:
        try:
            os.write(writing, b"\0")
        except BlockingIOError:
            return  # thousands of them wait to be read: one is enough

    def pass_on() -> None:
        while os.read(reading, 1):
            stop.set()

    threading.Thread(target=pass_on, name="signals", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)


def _end(number: int, frame: FrameType | None) -> None:
    while frame is not None:
        code = frame.f_code
        if code.co_name in _IGNORED_IN or code.co_filename.endswith(_IGNORED_IN_FILES):
            again = threading.Timer(_LATER_S, os.kill, (os.getpid(), number))
            again.daemon = True
            again.start()
            return
        frame = frame.f_back
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    signal.signal(number, signal.SIG_DFL)
    raise SystemExit(128 + number)
