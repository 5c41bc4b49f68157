"""A cell that was interrupted in one of the lab's calls: one sentence, and no trace of the lab.

Each kernel of the lab's environment loads this by itself, so it imports nothing that takes time.
"""

from __future__ import annotations

import traceback as tracebacks
from pathlib import Path
from types import TracebackType

from IPython.core.interactiveshell import InteractiveShell

__all__ = ["show_interrupt"]

_LAB = Path(__file__).resolve().parents[2]
_SAID = "Interrupted in {call}(…), before its end. Try: run the cell again"


def show_interrupt(
    shell: InteractiveShell,
    error: KeyboardInterrupt,
    traceback: TracebackType,
    tb_offset: int | None,
) -> None:
    """Show that a cell was interrupted; where the lab was at work, without its stack.

    Args:
        shell: The kernel's.
        error: The error.
        traceback: Where it came.
        tb_offset: As IPython has it.
    """
    call = _call_of_the_lab(traceback)
    if call:
        said = _SAID.format(call=call)
        error._render_traceback_ = lambda: [said]  # type: ignore[attr-defined]  # IPython asks for it
    shell.showtraceback((type(error), error, traceback), tb_offset=tb_offset)


def _call_of_the_lab(traceback: TracebackType) -> str:
    """Return the first of the lab's own functions on the way to the interrupt; "" for none."""
    for frame, _ in tracebacks.walk_tb(traceback):
        file = Path(frame.f_code.co_filename)
        # What stands around each call, and the magics' own door, have names that nobody called.
        if file.is_relative_to(_LAB) and frame.f_code.co_name not in ("wrapper", "_load_and_run"):
            return frame.f_code.co_name
    return ""
