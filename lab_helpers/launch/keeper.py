"""Keep one child process, and end it when the parent goes, however it goes.

This file runs by itself, as `python -I -S keeper.py GRACE_S COMMAND...`, beside the person's Python
process, which may be killed at any moment (`kill -9`, out of memory, a closed laptop). The two are
tied by the keeper's standard input: the parent holds the writing end of the pipe, and the kernel
closes it when the parent is gone. The child dies with the keeper too (`PR_SET_PDEATHSIG`).

A signal tied to the parent itself would not do: it fires when the *thread* that started the child
ends, and in a notebook threads come and go.

On standard output it says `pid N` once the child runs and `exit N` when it has ended, with `N`
negative where a signal ended it (as `subprocess` counts). Only the standard library is used, for a
quick start and a small process.
"""

from __future__ import annotations

import ctypes
import os
import selectors
import signal
import subprocess
import sys

_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Run the command, and wait until it ends or the parent does.

    Args:
        argv: The seconds between SIGTERM and SIGKILL, then the command.

    Returns:
        0; the child's own exit code is said on standard output.
    """
    grace_s, command = float(argv[0]), argv[1:]
    # Ctrl-C in the person's terminal is for the parent, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keeper = os.getpid()
    try:
        # The keeper has one thread, so code between fork and exec is safe here.
        child = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=lambda: _die_with(keeper),  # noqa: PLW1509
        )
    except OSError as error:
        _say(f"failed {error}")
        return 1
    _say(f"pid {child.pid}")
    _wait_for_either(child)
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            child.kill()
    _say(f"exit {child.wait()}")
    return 0


def _die_with(keeper: int) -> None:
    """Tie the child's life to the keeper's, and leave if the keeper is gone already."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != keeper:
        os._exit(1)


def _wait_for_either(child: subprocess.Popen[bytes]) -> None:
    """Return when the child has ended, or the parent has closed the pipe."""
    pidfd = os.pidfd_open(child.pid)
    with selectors.DefaultSelector() as selector:
        selector.register(pidfd, selectors.EVENT_READ)
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        selector.select()
    os.close(pidfd)


def _say(text: str) -> None:
    try:
        os.write(sys.stdout.fileno(), f"{text}\n".encode())
    except BrokenPipeError:
        return  # the parent is gone: nobody listens


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
