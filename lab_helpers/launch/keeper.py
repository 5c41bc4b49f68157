"""Keep one child process, and end it when the parent goes, however it goes.

This file runs by itself, as `python -I -S keeper.py PARENT GRACE_S COMMAND...`, beside the person's
Python process, which may be killed at any moment (`kill -9`, out of memory, a closed laptop). It
watches that process by a file descriptor of it (`pidfd_open`). Its standard input is for an orderly
end: a line there, or its end, ends the child. The child dies with the keeper too
(`PR_SET_PDEATHSIG`).

A signal tied to the parent would not do: it fires when the *thread* that started the child ends,
and in a notebook threads come and go. Nor would the pipe alone: whatever the parent forks, as
multiprocessing does, holds it open after the parent's death.

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
        argv: The parent's process id, the seconds between SIGTERM and SIGKILL, then the command.

    Returns:
        0; the child's own exit code is said on standard output.
    """
    parent, grace_s, command = int(argv[0]), float(argv[1]), argv[2:]
    # Ctrl-C in the person's terminal is for the parent, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keeper = os.getpid()
    try:
        watched = os.pidfd_open(parent)
    except ProcessLookupError:
        return 1
    if os.getppid() != parent:
        return 1  # it went before it could be watched, and another may have its id
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
    _wait_for_any(child, watched, sys.stdin.fileno())
    if child.poll() is None:
        child.terminate()
        child.send_signal(signal.SIGCONT)  # one that is stopped hears SIGTERM only as it goes on
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


def _wait_for_any(child: subprocess.Popen[bytes], parent: int, pipe: int) -> None:
    """Return when the child or the parent has ended, or the parent said so in the pipe."""
    with selectors.DefaultSelector() as selector:
        for descriptor in (os.pidfd_open(child.pid), parent, pipe):
            selector.register(descriptor, selectors.EVENT_READ)
        selector.select()


def _say(text: str) -> None:
    try:
        os.write(sys.stdout.fileno(), f"{text}\n".encode())
    except BrokenPipeError:
        return  # the parent is gone: nobody listens


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
