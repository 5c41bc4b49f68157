"""The command `lab` in its first moments, when Ctrl-C has nothing to undo yet.

To load the lab takes a third of a second. Python would show a stack trace of whatever it was just
loading; so the handler is there before anything else is imported, this package's own parts as well.
"""

import os
import signal
from types import FrameType

_INTERRUPTED = 130  # what a shell says of a command that Ctrl-C ended: 128 + SIGINT


def end_at_once(_number: int, _frame: FrameType | None) -> None:
    """End this process with a word: nothing was begun."""
    try:
        os.write(2, b"Interrupted.\n")
    finally:  # though nobody reads it
        os._exit(_INTERRUPTED)


# Where a script put it in the background it is ignored, and stays so.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, end_at_once)


def main() -> None:
    """Run the command."""
    from lab_helpers.commands.cli import main as run  # noqa: PLC0415  # not before the handler

    run()
