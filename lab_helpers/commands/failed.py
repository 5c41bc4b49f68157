"""Say in a terminal which VMs failed, with Go's words and the line they come from."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from lab_helpers.board.plain_text import plain_text
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.failed_vms import failed_vms

__all__ = ["say_failures"]


def say_failures(console: Console, picture: Snapshot, module: Module | None, since: float) -> float:
    """Print each VM that failed since; return when the last one did.

    Args:
        console: Where to print.
        picture: The board.
        module: The filter that runs.
        since: What the last call returned; 0 at first.
    """
    last = picture.failing[-1].time if picture.failing else since
    if last <= since:  # the lines of Go are read from the module's file: not each second
        return since
    for failed in failed_vms(picture, module):
        if failed.failure.time > since:
            quoted = "\n".join(f"    | {line}" for line in failed.quote.splitlines())
            # What a filter panics with goes to a terminal as text: its escapes are spelled out.
            said = plain_text(f"  ✗ {failed.what}\n{quoted}")
            console.print(f"[bold red]{escape(said)}[/]", highlight=False, soft_wrap=True)
    return last
