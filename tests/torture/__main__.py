"""Torment a running lab at random, for as long as is asked: `make torture`.

python -m tests.torture [--minutes 15] [--seed N]
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import docker
import typer

from lab_helpers.launch.docker import DockerLauncher
from tests.docker.conftest import why_none_can_be_started
from tests.docker.own_dockerd import OwnDockerd, answers
from tests.docker.standin_images import WITH_SHELL, build_envoy
from tests.torture.docker_faults import containers_of_the_lab, docker_faults
from tests.torture.faults import FAULTS
from tests.torture.round import Torture

_MOST_SEED = 1_000_000
_MINUTE_S = 60.0
_DEMO = (sys.executable, "-m", "lab_helpers.commands.cli", "demo")


def main(
    *,
    minutes: Annotated[float, typer.Option(help="How long, in minutes.")] = 15,
    seed: Annotated[int | None, typer.Option(help="Of an earlier run, to do the same.")] = None,
) -> None:
    """Provoke faults, and end with 1 where the lab did not come back or left something behind."""
    seed = random.randrange(_MOST_SEED) if seed is None else seed  # noqa: S311  # no secret
    typer.echo(f"Seed {seed}: the same again with  --seed {seed}")
    half = minutes * _MINUTE_S / 2
    with tempfile.TemporaryDirectory(prefix="lab-torture-") as folder:
        os.environ["LAB_RUNS"] = str(Path(folder) / "runs")
        torture = Torture(seed, Path(folder), say=typer.echo)
        left = torture.run(half, FAULTS)
        left += _in_docker(torture, half)
        demo = subprocess.run(_DEMO, check=False)
    for each in left:
        typer.echo(f"✗ Left behind: {each}")
    typer.echo(torture.summary)
    raise typer.Exit(1 if left or demo.returncode else 0)


def _in_docker(torture: Torture, seconds: float) -> list[str]:
    """Torment a lab in Docker; say so where there is none, and fail where CI should have one."""
    reason = "" if answers() else why_none_can_be_started()
    if reason:
        typer.echo(f"✗ Not run: the half in Docker, for {reason}.")
        return ["no Docker to test with"] if os.environ.get("CI") == "true" else []
    with _daemon() as daemon:
        others = daemon.processes if daemon else set
        launcher = DockerLauncher(WITH_SHELL)
        left = torture.run(seconds, docker_faults(daemon), launcher, 2, others)
        return [*left, *(f"container {each.name}" for each in containers_of_the_lab())]


@contextlib.contextmanager
def _daemon() -> Iterator[OwnDockerd | None]:
    """Have a daemon with an image of Envoy: the one that answers, else one of ours."""
    with contextlib.ExitStack() as after:
        own = None
        if not answers():
            own = OwnDockerd()
            after.callback(own.remove)
            after.callback(own.stop)
            own.start()
            os.environ["DOCKER_HOST"] = own.address
        client = docker.from_env()
        after.callback(client.close)
        build_envoy(client, WITH_SHELL)
        if own is None:
            after.callback(client.images.remove, WITH_SHELL, force=True)
        yield own


if __name__ == "__main__":
    typer.run(main)
