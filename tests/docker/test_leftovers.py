"""A container outlives a Python that is killed: the next start clears it, and nobody else's."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import docker
import psutil
import pytest
from docker.models.containers import Container
from typer.testing import CliRunner

from lab_helpers.commands.cli import app
from lab_helpers.compiling.modules import Module
from lab_helpers.docker_engine.leftovers import LABEL
from lab_helpers.envoy import Envoy
from lab_helpers.launch import clear_all_leftovers
from lab_helpers.launch.docker import DockerLauncher
from lab_helpers.owner import Owner
from tests.docker.conftest import lab_containers
from tests.docker.standin_images import WITH_SHELL

# Children of a shell's background job ignore Ctrl-C, and so would this Python.
STARTER = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from lab_helpers.envoy import Envoy
envoy = Envoy(sys.argv[1], workers=1, port=int(sys.argv[3]), launcher="docker").start()
print(envoy.url, flush=True)
if sys.argv[2] == "raise":
    raise RuntimeError("a cell failed")
time.sleep(600)
"""


def start_python(
    module: Module, end: str = "wait", port: int = 0
) -> tuple[subprocess.Popen[bytes], str]:
    """Start an Envoy in another Python; return that and the Envoy's URL."""
    words = [sys.executable, "-c", STARTER, str(module.path), end, str(port)]
    python = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert python.stdout is not None
    return python, python.stdout.readline().decode().strip()


@pytest.fixture
def orphan(docker_client: docker.DockerClient, token_module: Module) -> Iterator[str]:
    """The URL of an Envoy whose Python was killed."""
    python, url = start_python(token_module)
    with python:
        python.kill()
    assert len(lab_containers(docker_client)) == 1
    yield url
    clear_all_leftovers()


def test_the_next_start_clears_it(
    orphan: str, docker_client: docker.DockerClient, launch: Callable[..., Envoy]
) -> None:
    (left,) = lab_containers(docker_client)
    port = int(orphan.rpartition(":")[2])
    envoy = launch(workers=1, port=port)  # even where it holds the port that is asked for
    assert envoy.ask("worker_0").status == 200
    assert left not in lab_containers(docker_client)


def test_lab_clean_clears_it_at_once(orphan: str, docker_client: docker.DockerClient) -> None:
    said = CliRunner().invoke(app, ["clean"])
    assert said.exit_code == 0
    assert "1 left-over" in said.output
    assert lab_containers(docker_client) == set()
    assert "Nothing left" in CliRunner().invoke(app, ["clean"]).output


@pytest.mark.parametrize("end", ["Ctrl-C", "raise"])
def test_an_orderly_end_leaves_none(
    docker_client: docker.DockerClient, token_module: Module, end: str
) -> None:
    python, _ = start_python(token_module, end)
    with python:
        if end == "Ctrl-C":
            python.send_signal(signal.SIGINT)
        python.wait(30)
    assert lab_containers(docker_client) == set()


def test_what_a_living_python_runs_stays(
    docker_client: docker.DockerClient, token_module: Module
) -> None:
    python, _ = start_python(token_module)
    with python:
        DockerLauncher().clear_leftovers()
        assert len(lab_containers(docker_client)) == 1
        python.send_signal(signal.SIGINT)
        python.wait(30)


def test_what_this_python_runs_stays(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1)
    assert envoy.launcher.clear_leftovers() == 0
    assert envoy.ask("worker_0").status == 200


@pytest.fixture
def foreign(docker_client: docker.DockerClient) -> Iterator[Callable[[dict[str, str]], Container]]:
    made: list[Container] = []

    def make(labels: dict[str, str]) -> Container:
        made.append(docker_client.containers.create(WITH_SHELL, labels=labels))
        return made[-1]

    yield make
    for container in made:
        container.remove(force=True)


def dead() -> Owner:
    """This process's name, but for a start in another life."""
    return dataclasses.replace(Owner.this_process(), started=1.0)


@pytest.mark.parametrize(
    "label",
    [
        str(dataclasses.replace(dead(), host="another-machine")),
        str(dataclasses.replace(dead(), user="somebody-else")),
        "not an owner at all",
        "",
    ],
)
def test_nobody_elses_is_touched(
    foreign: Callable[[dict[str, str]], Container],
    docker_client: docker.DockerClient,
    label: str,
) -> None:
    labelled = foreign({LABEL: label})
    unlabelled = foreign({"com.example.owner": str(dead())})
    assert DockerLauncher().clear_leftovers() == 0
    for container in (labelled, unlabelled):
        assert docker_client.containers.get(container.id or "").status == "created"


def test_a_dead_owners_is_removed_whatever_its_state(docker_client: docker.DockerClient) -> None:
    docker_client.containers.create(WITH_SHELL, labels={LABEL: str(dead())})
    gone = dataclasses.replace(dead(), pid=unused_pid())
    docker_client.containers.create(WITH_SHELL, labels={LABEL: str(gone)})
    assert DockerLauncher().clear_leftovers() == 2
    assert lab_containers(docker_client) == set()


def unused_pid() -> int:
    return next(pid for pid in range(os.getpid() + 1000, 1 << 22) if not psutil.pid_exists(pid))
