"""The command `lab follow`, as a terminal takes it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from lab_helpers.commands.signals import loading
from lab_helpers.terminal import terminal

__all__ = ["follow"]


def follow(
    filter_dir: Annotated[Path, typer.Argument(help="A filter: its name or its folder.")] = Path(
        "filter/token"
    ),
    *,
    path: Annotated[str, typer.Option(help="The request's path, with its query.")] = "/",
    method: Annotated[
        str, typer.Option("-X", "--method", help="Its method; else GET, or POST with --data.")
    ] = "",
    header: Annotated[
        list[str] | None,
        typer.Option("-H", "--header", help='A header, as "x-user: ada"; may be repeated.'),
    ] = None,
    data: Annotated[str | None, typer.Option(help="Its body.")] = None,
    worker: Annotated[str, typer.Option(help="The worker that is asked.")] = "worker_0",
    picture: Annotated[
        Path | None, typer.Option(help="Save its picture here: .svg, .png or .pdf.")
    ] = None,
    launcher: Annotated[
        Literal["native", "docker"] | None, typer.Option(help="How Envoy runs; else what is there.")
    ] = None,
) -> None:
    """Follow one request: all that crosses between Envoy and the filter, in order."""
    with loading():
        from lab_helpers.commands.follow import Ask, run_follow  # noqa: PLC0415  # quick `lab --help`

    ask = Ask(path, method, header or (), data, worker)
    journey = run_follow(terminal(), filter_dir, ask, launcher, picture)
    raise typer.Exit(1 if journey.failure else 0)
