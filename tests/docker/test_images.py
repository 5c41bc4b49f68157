"""The image: taken as it is when it is here, fetched with a bar when not, and errors in words."""

from __future__ import annotations

import io
import os
import socket
from collections.abc import Iterator

import docker
import pytest
from rich.console import Console

from lab_helpers.docker_engine.images import ensure_image, has_image
from lab_helpers.errors import LaunchError
from lab_helpers.launch.docker import DockerLauncher
from tests.conftest import TellFault
from tests.docker.registry import Registry
from tests.docker.standin_images import WITH_SHELL, Layer


@pytest.fixture
def registry() -> Iterator[Registry]:
    layer = Layer()
    layer.shell()
    layer.text("noise", os.urandom(400_000).hex())  # so that there is something to fetch
    with Registry(layer.content()) as serving:
        yield serving


def prepare(client: docker.DockerClient, image: str) -> str:
    """Fetch an image as a person at a terminal would; return what was printed."""
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    ensure_image(client, image, variable="LAB_ENVOY_IMAGE", console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_an_image_that_is_here_is_not_asked_for(docker_client: docker.DockerClient) -> None:
    assert prepare(docker_client, WITH_SHELL) == ""


def test_an_image_that_is_absent_is_fetched_once_with_a_bar(
    docker_client: docker.DockerClient, registry: Registry
) -> None:
    assert not has_image(docker_client, registry.image)
    try:
        said = prepare(docker_client, registry.image)
        assert f"Fetching the image {registry.image}, once" in said
        assert "━" in said
        assert has_image(docker_client, registry.image)
        assert prepare(docker_client, registry.image) == ""
    finally:
        docker_client.images.remove(registry.image, force=True)


@pytest.mark.fault("The image's tag does not exist")
def test_a_tag_that_is_not_there(
    docker_client: docker.DockerClient, registry: Registry, fault: TellFault
) -> None:
    with pytest.raises(LaunchError, match="There is no image") as caught:
        prepare(docker_client, registry.image.replace(":v1", ":v9"))
    assert "LAB_ENVOY_IMAGE" in caught.value.hint
    fault(caught.value, kept="everything")


@pytest.mark.fault("The image's registry cannot be reached")
def test_a_registry_that_cannot_be_reached(
    docker_client: docker.DockerClient, fault: TellFault
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound, but not listening: a connection is refused
        image = f"127.0.0.1:{closed.getsockname()[1]}/nobody/envoy:v1"
        with pytest.raises(LaunchError, match="its registry cannot be reached") as caught:
            DockerLauncher(image).prepare()
    assert "connection refused" in caught.value.quote
    assert "docker save" in caught.value.hint
    fault(caught.value, kept="everything")


def test_a_name_that_is_none(docker_client: docker.DockerClient) -> None:
    with pytest.raises(LaunchError) as caught:
        DockerLauncher("NOT an image").prepare()
    assert "invalid reference format" in caught.value.quote
