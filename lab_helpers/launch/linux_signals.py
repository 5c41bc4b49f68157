"""Linux's signals by number, on whichever system they are read.

Envoy always runs on Linux, in a container where this machine is none. The numbers that end it are
Linux's; macOS counts some differently (7 is another one there), and Windows has hardly any.
"""

from __future__ import annotations

__all__ = ["SIGKILL", "signal_name"]

SIGKILL = 9
# Those that end a process, from signal(7), for x86 and ARM.
_NAMES = {
    1: "SIGHUP",
    2: "SIGINT",
    3: "SIGQUIT",
    4: "SIGILL",
    5: "SIGTRAP",
    6: "SIGABRT",
    7: "SIGBUS",
    8: "SIGFPE",
    SIGKILL: "SIGKILL",
    10: "SIGUSR1",
    11: "SIGSEGV",
    12: "SIGUSR2",
    13: "SIGPIPE",
    14: "SIGALRM",
    15: "SIGTERM",
    24: "SIGXCPU",
    25: "SIGXFSZ",
    31: "SIGSYS",
}


def signal_name(number: int) -> str:
    """Return a signal's name, such as `SIGSEGV`.

    Args:
        number: Its number on Linux.
    """
    return _NAMES.get(number, f"signal {number}")
