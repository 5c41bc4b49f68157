"""The commands about Go code: what the SDK offers, and filters for the old one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab_helpers.commands.signals import loading
from lab_helpers.terminal import terminal

__all__ = ["app"]

app = typer.Typer()
_console = terminal()


@app.command()
def signatures(
    text: Annotated[str, typer.Argument(help="A part of a name, or a word.")] = "",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead.")] = False,
) -> None:
    """List what the SDK offers: the callbacks a filter may have, the calls it may make."""
    with loading():
        from lab_helpers.commands.signatures import show_signatures  # noqa: PLC0415

    show_signatures(_console, text, as_json=as_json)


@app.command(name="adopt")
def adopt_(
    folder: Annotated[Path, typer.Argument(help="The folder of a filter for the old SDK.")],
    name: Annotated[str | None, typer.Argument(help="What to call it here.")] = None,
) -> None:
    """Bring a filter over that was written for the old SDK (tetratelabs/proxy-wasm-go-sdk)."""
    with loading():
        from lab_helpers.commands.adopt import show_adoption  # noqa: PLC0415

    if not show_adoption(_console, folder, name):
        raise typer.Exit(1)
