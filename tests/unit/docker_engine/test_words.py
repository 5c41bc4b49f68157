"""Docker's words, turned into what happened and what to try; all of them were seen, or read."""

from __future__ import annotations

import errno

import docker.errors
import pytest

from lab_helpers.docker_engine.containers import start_problem
from lab_helpers.docker_engine.daemon import connection_problem, engine_address, words_of
from lab_helpers.docker_engine.images import Layers, pull_problem
from lab_helpers.errors import LaunchError
from lab_helpers.launch.docker.options import ENVOY_IMAGE, envoy_image

IMAGE = "envoyproxy/envoy:v1.40.0"


@pytest.mark.parametrize(
    ("said", "what", "hint"),
    [
        (
            (
                "driver failed programming external connectivity on endpoint x: Bind for"
                " 127.0.0.1:10000 failed: port is already allocated"
            ),
            "Port 10000 is taken",
            "docker ps",
        ),
        (
            (
                "driver failed programming external connectivity on endpoint x: Error starting"
                " userland proxy: listen tcp4 127.0.0.1:9901: bind: address already in use"
            ),
            "Port 9901 is taken",
            "0 for a free one",
        ),
        (
            (
                "failed to set up container networking: failed to listen on TCP socket:"
                " 127.0.0.1:10000: bind: address already in use"
            ),
            "Port 10000 is taken",
            "0 for a free one",
        ),
        (
            'invalid mount config for type "bind": bind source path does not exist: /home/a/b.wasm',
            "does not see the file /home/a/b.wasm",
            "LAB_CACHE",
        ),
        (
            "Mounts denied: The path /opt/lab/x is not shared from the host",
            "may not read this folder",
            "File sharing",
        ),
        (
            (
                'OCI runtime create failed: exec: "/usr/local/bin/envoy": stat'
                " /usr/local/bin/envoy: no such file or directory: unknown"
            ),
            f"The image {IMAGE} has no /usr/local/bin/envoy",
            "right kind",
        ),
        (
            'exec: "tinygo": executable file not found in $PATH: unknown',
            f"The image {IMAGE} has no tinygo",
            "right kind",
        ),
        ("something new", "cannot start the container", "Docker's words"),
    ],
)
def test_why_a_container_does_not_start(said: str, what: str, hint: str) -> None:
    problem = start_problem(said, IMAGE)
    assert what in problem.what
    assert hint in problem.hint
    assert problem.quote == said


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ("manifest for a/b:c not found: manifest unknown: manifest unknown", "There is no image"),
        ("pull access denied for a/b, repository does not exist or may require", "is no image"),
        ("dial tcp: lookup a.example on [::1]:53: no such host", "registry cannot be reached"),
        ("dial tcp 127.0.0.1:1: connect: connection refused", "registry cannot be reached"),
        ("failed to register layer: write /x: no space left on device", "does not fit"),
    ],
)
def test_why_an_image_does_not_come(said: str, what: str) -> None:
    problem = pull_problem(IMAGE, said, "LAB_ENVOY_IMAGE")
    assert what in problem.what
    assert problem.hint


@pytest.mark.parametrize(
    ("platform", "number", "what", "hint"),
    [
        ("linux", errno.EACCES, "may not use Docker", "usermod -aG docker"),
        ("darwin", errno.EACCES, "may not use Docker", "Docker Desktop"),
        ("linux", errno.ENOENT, "No Docker daemon answers", "systemctl start docker"),
        ("linux", errno.ECONNREFUSED, "No Docker daemon answers", "works without Docker, too"),
        ("darwin", errno.ENOENT, "No Docker daemon answers", "start Docker Desktop"),
        ("win32", None, "No Docker daemon answers", "start Docker Desktop"),
    ],
)
def test_why_no_engine_answers(platform: str, number: int | None, what: str, hint: str) -> None:
    problem = connection_problem("unix:///x.sock", "its words", number, platform)
    assert what in problem.what
    assert "unix:///x.sock" in problem.what
    assert hint in problem.hint
    assert problem.quote == "its words"


def test_the_engines_address_is_the_variables_first() -> None:
    assert engine_address({"DOCKER_HOST": "unix:///a.sock"}) == "unix:///a.sock"
    assert engine_address({"DOCKER_CONTEXT": "default"}).endswith("/var/run/docker.sock")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"DOCKER_HOST": "tcp://127.0.0.1:abc"}, "abc"),
        ({"DOCKER_HOST": "http://[bad"}, "IPv6"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:2376", "DOCKER_TLS_VERIFY": "1"}, "certificate"),
    ],
)
def test_an_address_that_is_none_is_said(variables: dict[str, str], said: str) -> None:
    with pytest.raises(LaunchError, match="cannot be used") as caught:
        engine_address(variables)
    assert said in caught.value.quote
    assert "unset DOCKER_HOST" in caught.value.hint


def test_the_engines_own_words_are_quoted() -> None:
    error = docker.errors.APIError("500 Server Error", explanation="no such network")
    assert words_of(error) == "no such network"
    assert words_of(OSError()) == "OSError()"


def test_the_image_is_the_arguments_then_the_variables_then_envoys() -> None:
    variables = {"LAB_ENVOY_IMAGE": "b"}
    assert envoy_image("a", variables) == "a"
    assert envoy_image(None, variables) == "b"
    assert envoy_image("", {"LAB_ENVOY_IMAGE": ""}) == ENVOY_IMAGE == IMAGE


def test_the_bar_counts_what_comes_over_the_network_once() -> None:
    layers = Layers()
    assert (layers.done, layers.total) == (0, 0)
    layers.note({"status": "Pulling from a/b", "id": "v1"})
    layers.note({"status": "Already exists", "id": "one"})
    layers.note(
        {"status": "Downloading", "id": "two", "progressDetail": {"current": 3, "total": 9}}
    )
    layers.note(
        {"status": "Downloading", "id": "six", "progressDetail": {"current": 1, "total": 5}}
    )
    assert (layers.done, layers.total) == (4, 14)
    layers.note({"status": "Download complete", "id": "two"})
    layers.note({"status": "Extracting", "id": "two", "progressDetail": {"current": 1, "total": 9}})
    assert (layers.done, layers.total) == (10, 14)
    layers.note({"status": "Pull complete", "id": "six"})
    assert (layers.done, layers.total) == (14, 14)
    layers.note({"error": "unauthorized"})
    assert layers.error == "unauthorized"
