"""An Envoy in a container that does not answer: paused, stopped, or in an endless loop."""

from __future__ import annotations

import time
from collections.abc import Callable

import docker
import pytest
from docker.models.containers import Container

from lab_helpers.compiling.modules import Module
from lab_helpers.docker_engine.engine import Engine
from lab_helpers.envoy import Envoy, connection
from lab_helpers.errors import LabError, LaunchError, TrafficError
from lab_helpers.launch import EnvoyProcess, LaunchPlan
from lab_helpers.launch.docker import DockerLauncher
from tests.conftest import TellFault
from tests.docker.conftest import lab_containers
from tests.docker.standin_images import DISTROLESS, WITH_SHELL
from tests.looping import looping

Launch = Callable[..., Envoy]
GOES_ON = "what was seen, in `snapshot()` and `.log`; restart() and stop() work"


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return looping(tmp_path_factory.mktemp("looping"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer that never comes no longer than it takes to see that."""
    monkeypatch.setattr(connection, "_TIMEOUT_S", 2.0)


def its_container(client: docker.DockerClient) -> Container:
    (name,) = lab_containers(client)
    return client.containers.get(name)


@pytest.mark.fault("Envoy's container is paused (docker pause)")
def test_a_paused_container_is_said_to_be_paused(
    launch: Launch, loops: Module, docker_client: docker.DockerClient, fault: TellFault
) -> None:
    envoy = launch(loops, workers=1)
    assert envoy.ask("worker_0").status == 200
    container = its_container(docker_client)
    container.pause()
    with pytest.raises(TrafficError, match="Envoy is paused, with its container") as caught:
        envoy.stats()
    words = f"{caught.value.what} Try: {caught.value.hint}"
    fault(words.replace(str(container.name), "NAME"), kept=GOES_ON)
    with pytest.raises(LaunchError, match="Envoy is paused"):
        envoy.wait_until(lambda _now: False, "never", timeout_s=1)
    # Both ways of the hint.
    assert f"docker unpause {container.name}" in caught.value.hint
    container.unpause()
    assert envoy.ask("worker_0").status == 200
    container.pause()
    envoy.restart()
    assert envoy.ask("worker_0").status == 200


@pytest.mark.parametrize("seen", [True, False], ids=["seen from here", "seen inside only"])
def test_a_stopped_envoy_in_a_container(
    launch: Launch,
    loops: Module,
    docker_client: docker.DockerClient,
    monkeypatch: pytest.MonkeyPatch,
    seen: bool,  # pytest hands it over by name
) -> None:
    if not seen:
        monkeypatch.setattr(Engine, "sees_pids", lambda _self: False)
    envoy = launch(loops, workers=1)
    container = its_container(docker_client)
    container.kill("STOP")
    with pytest.raises(TrafficError, match="Envoy is stopped by a signal") as caught:
        envoy.stats()
    assert f"docker kill --signal CONT {container.name}" in caught.value.hint
    container.kill("CONT")
    assert envoy.ask("worker_0").status == 200
    container.kill("STOP")
    envoy.restart()
    assert envoy.ask("worker_0").status == 200


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (WITH_SHELL, "worker_0 computes without a pause"),
        (DISTROLESS, "Envoy's own watchdog misses worker_0, and nobody can look at its threads"),
    ],
)
def test_a_loop_where_the_process_is_not_seen_from_here(
    launch: Launch, loops: Module, monkeypatch: pytest.MonkeyPatch, image: str, said: str
) -> None:
    monkeypatch.setattr(Engine, "sees_pids", lambda _self: False)
    envoy = launch(loops, image, workers=1, see="log")
    with pytest.raises(TrafficError) as caught:
        envoy.ask("worker_0", "/loop")
    assert said in caught.value.what
    assert "In which callback, nobody saw" in caught.value.what
    envoy.restart()
    assert envoy.ask("worker_0").status == 200


class Pausing(DockerLauncher):
    """Launch an Envoy, and pause its container at once."""

    def __init__(self, client: docker.DockerClient) -> None:
        super().__init__()
        self._docker = client

    def launch(self, plan: LaunchPlan) -> EnvoyProcess:
        """Start Envoy, and pause it."""
        process = super().launch(plan)
        its_container(self._docker).pause()
        return process


def test_a_pause_while_it_starts_is_said_at_once(
    docker_client: docker.DockerClient, loops: Module
) -> None:
    with pytest.raises(LaunchError, match="Envoy is paused, with its container"):
        Envoy(loops, launcher=Pausing(docker_client)).start()


def test_a_loop_in_a_container_has_its_callbacks_name(launch: Launch, loops: Module) -> None:
    envoy = launch(loops)
    deadline, path, error = time.monotonic() + 30, "/loop-at-tick", ""
    while not error and time.monotonic() < deadline:
        try:
            envoy.ask("worker_0", path)
        except LabError as raised:
            error = raised.what
        path = "/"
    assert "worker_0 computes without a pause in OnTick," in error
