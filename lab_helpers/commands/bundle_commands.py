"""The commands that carry the lab to a machine without a network."""

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
def bundle(
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write.")
    ] = None,
    python: Annotated[
        list[str] | None,
        typer.Option(help="A Python version to bring packages for, such as 3.12; may be repeated."),
    ] = None,
) -> None:
    """Put the whole lab into one file, for machines like this one that have no network."""
    with loading():
        from lab_helpers.bundle.making import make_bundle  # noqa: PLC0415

    make_bundle(output, pythons=python or (), console=_console)


@app.command()
def unbundle(
    file: Annotated[Path, typer.Argument(help="What `lab bundle` made.")],
    *,
    tools_only: Annotated[
        bool, typer.Option("--tools-only", help="Leave the Python packages as they are.")
    ] = False,
) -> None:
    """Set the lab up from a bundle, without a network."""
    with loading():
        from lab_helpers.bundle import receiving  # noqa: PLC0415

    if tools_only:
        receiving.unbundle_tools(file, _console)
    else:
        raise typer.Exit(receiving.unbundle(file, _console))
