"""The command `lab watch`, as a terminal takes it."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from lab_helpers.commands.signals import loading
from lab_helpers.terminal import terminal

__all__ = ["watch"]


def watch(
    name: Annotated[str, typer.Argument(help="A filter of your own: its name or its folder.")],
    *,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Envoy's worker threads.")] = 2,
    settings: Annotated[
        str | None,
        typer.Option(help="The filter's settings: a JSON object, or @FILE that holds one."),
    ] = None,
    port: Annotated[int, typer.Option(help="The listener's port; 0 for a free one.")] = 10_000,
    admin_port: Annotated[int, typer.Option(help="The admin port; 0 for a free one.")] = 9_901,
    launcher: Annotated[
        Literal["native", "docker"] | None, typer.Option(help="How Envoy runs; else what is there.")
    ] = None,
) -> None:
    """Run a filter until Ctrl-C, and bring each save of it to life while Envoy runs."""
    with loading():
        from lab_helpers.commands.given_settings import read_settings  # noqa: PLC0415
        from lab_helpers.commands.up import run_up  # noqa: PLC0415  # quick `lab --help`

    run_up(
        terminal(),
        filter_dir=name,
        settings=read_settings(settings),
        workers=workers,
        tick_ms=None,
        port=port,
        admin_port=admin_port,
        launcher=launcher,
        watched=name,
    )
