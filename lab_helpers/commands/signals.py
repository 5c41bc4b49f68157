"""Ctrl-C and SIGTERM: they end a command that runs until then, in order."""

from __future__ import annotations

import signal
import threading
from types import FrameType

__all__ = ["stop_on_signals"]


def stop_on_signals(stop: threading.Event) -> None:
    """Let Ctrl-C and SIGTERM end the wait; only the main thread may ask for that.

    Args:
        stop: Set when one comes.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def set_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, set_stop)
