"""Soak a lab for minutes: `make soak`.

python -m tests.soak [--minutes 10] [--seed N]
"""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tests.soak.soak import Soak
from tests.torture.leftovers import Traces
from tests.torture.round import temporary_files_in

_MOST_SEED = 1_000_000
_MINUTE_S = 60.0
# 100 reloads in ten minutes.
_RELOAD_EVERY_S = 6.0
_MOST_GROWTH = 0.05


def main(
    *,
    minutes: Annotated[float, typer.Option(help="How long, in minutes.")] = 10,
    seed: Annotated[int | None, typer.Option(help="Of an earlier run, to do the same.")] = None,
) -> None:
    """Soak, and end with 1 where an answer is not explained, memory grew, or something is left."""
    seed = random.randrange(_MOST_SEED) if seed is None else seed  # noqa: S311  # no secret
    typer.echo(f"Seed {seed}: the same again with  --seed {seed}")
    with tempfile.TemporaryDirectory(prefix="lab-soak-") as folder:
        os.environ["LAB_RUNS"] = str(Path(folder) / "runs")
        temporary = Path(folder) / "tmp"
        temporary.mkdir()
        with temporary_files_in(temporary):
            traces = Traces(temporary, set)
            story = Soak(seed, _RELOAD_EVERY_S).run(minutes * _MINUTE_S)
            left = traces.left()
    typer.echo(str(story))
    told = " ".join(f"{size / 1e6:.1f}" for size in story.minutes)
    typer.echo(f"Envoy's memory by minute, in MB: {told}")
    typer.echo(f"After the first minute: {story.growth:+.1%} at the most")
    for each in [*story.unexplained[:20], *left]:
        typer.echo(f"✗ {each}")
    wrong = bool(story.unexplained or left or story.growth > _MOST_GROWTH)
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    typer.run(main)
