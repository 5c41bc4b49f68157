"""Ctrl-C and SIGTERM: they end a command that runs until then, in order."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

__all__ = ["stop_on_signals"]


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
