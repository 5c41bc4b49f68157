"""A real Docker daemon, images made of the PyPI Envoy, and what the tests start in them.

The daemon is the one that answers already, if there is one; else root starts one for these tests.
Without either they are skipped, and say so; but under `CI=true` that is a failure.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import docker
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.docker_engine.daemon import engine_address
from lab_helpers.docker_engine.leftovers import LABEL
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder
from lab_helpers.launch.docker import DockerLauncher
from tests.docker.own_dockerd import OwnDockerd, answers
from tests.docker.relay import Relay
from tests.docker.standin_images import (
    DISTROLESS,
    NO_ENVOY,
    TINYGO,
    WITH_SHELL,
    build_envoy,
    build_tinygo,
    build_without_envoy,
)

SETTINGS = {"tick_ms": 200, "vm_header": "x-wasm-vm"}


@pytest.fixture(scope="session")
def dockerd() -> Iterator[OwnDockerd | None]:
    """The daemon of these tests; None where a person's own answers."""
    if answers():
        yield None
        return
    reason = why_none_can_be_started()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"No Docker daemon answers, and none can be started: {reason}.")
    if reason:
        pytest.skip(f"no Docker daemon answers, and none can be started: {reason}")
    own = OwnDockerd()
    with ExitStack() as after, pytest.MonkeyPatch.context() as patch:
        after.callback(own.remove)
        after.callback(own.stop)
        own.start()
        patch.setenv("DOCKER_HOST", own.address)
        yield own


@pytest.fixture(scope="session")
def docker_client(dockerd: OwnDockerd | None) -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    build_envoy(client, WITH_SHELL)
    build_envoy(client, DISTROLESS)
    build_without_envoy(client)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_ENVOY_IMAGE", WITH_SHELL)
        yield client
    if dockerd is None:  # a person's daemon is left as it was
        for image in (WITH_SHELL, DISTROLESS, NO_ENVOY):
            client.images.remove(image, force=True)
    client.close()


@pytest.fixture(autouse=True)
def no_container_is_left(docker_client: docker.DockerClient) -> Iterator[None]:
    """Whatever a test does: it leaves no container of the lab behind."""
    before = lab_containers(docker_client)
    yield
    assert lab_containers(docker_client) <= before


@pytest.fixture(scope="session")
def token_module() -> Module:
    return compile_filter(repository_folder() / "filter" / "token", reuse=True)


@pytest.fixture
def launch(
    docker_client: docker.DockerClient, token_module: Module
) -> Iterator[Callable[..., Envoy]]:
    """Start Envoys in containers; they are stopped at the test's end."""
    started: list[Envoy] = []

    def start(
        module: Module | Path | None = token_module, image: str | None = None, **options: Any
    ) -> Envoy:
        options.setdefault("settings", SETTINGS if module is token_module else None)
        envoy = Envoy(module, launcher=DockerLauncher(image), **options)
        started.append(envoy)
        return envoy.start()

    yield start
    for envoy in started:
        envoy.stop()


@pytest.fixture(scope="session")
def tinygo_image(dockerd: OwnDockerd | None, docker_client: docker.DockerClient) -> Iterator[str]:
    """An image with a TinyGo that truly compiles, named as a person would name it."""
    build_tinygo(docker_client)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_TINYGO_IMAGE", TINYGO)
        yield TINYGO
    if dockerd is None:
        docker_client.images.remove(TINYGO, force=True)


@pytest.fixture
def relay(docker_client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A way to the daemon that can be cut, and that everybody takes."""
    upstream = engine_address(os.environ).partition("://")[2]
    path = Path(upstream).with_name("relay.sock")
    with Relay(path, upstream) as between:
        monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
        yield between
        monkeypatch.undo()


def lab_containers(client: docker.DockerClient) -> set[str]:
    """Return the names of all containers that carry the lab's label, running or not."""
    found = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return {container.name for container in found if container.name}


def why_none_can_be_started() -> str:
    """Return why these tests cannot start a daemon of their own; "" where they can."""
    if sys.platform != "linux":
        return "this is not Linux"
    if shutil.which("dockerd") is None:
        return "dockerd is not installed"
    return "" if os.geteuid() == 0 else "only root can start dockerd"
