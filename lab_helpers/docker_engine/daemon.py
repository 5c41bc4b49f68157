"""Reach the Docker engine, and say in plain words why it cannot be reached."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import docker
import docker.errors
import psutil
import requests
from docker.constants import DEFAULT_UNIX_SOCKET
from docker.context import ContextAPI
from docker.models.containers import Container
from docker.utils import kwargs_from_env

from lab_helpers.docker_engine.engine import Engine, engine_from, refuse_remote
from lab_helpers.errors import LabError, LaunchError

__all__ = [
    "DOCKER_ERRORS",
    "DockerClient",
    "ask_engine",
    "connected",
    "connection_problem",
    "engine_address",
    "in_plain_words",
    "knock",
    "open_client",
    "remove_container",
    "words_of",
]

DockerClient = docker.DockerClient

# Everything that docker-py raises: its own errors, and those of the HTTP library below it.
DOCKER_ERRORS = (docker.errors.DockerException, requests.exceptions.RequestException)
_TIMEOUT_S = 60
_KNOCK_S = 5.0
_BRIDGE = "bridge"
_CONFLICT = 409


def open_client(timeout_s: int = _TIMEOUT_S) -> DockerClient:
    """Connect to the engine that `DOCKER_HOST` or the current docker context names.

    Args:
        timeout_s: How long an answer may take, in seconds.

    Returns:
        A client; the caller closes it.

    Raises:
        LaunchError: It does not answer, may not be used, or is on another machine.
    """
    address = engine_address(os.environ)
    refuse_remote(address)
    knock()
    try:
        return docker.from_env(timeout=timeout_s)
    except DOCKER_ERRORS as error:
        raise connection_problem(address, words_of(error), None, sys.platform) from error


def engine_address(environment: Mapping[str, str]) -> str:
    """Return where the engine is to be found, as docker-py and the docker command see it.

    Args:
        environment: The variables; `DOCKER_HOST` comes first, then the current context.

    Raises:
        LaunchError: They name none that there can be.
    """
    variables = dict(environment)
    try:
        named = kwargs_from_env(environment=variables).get("base_url")
        context = ContextAPI.kwargs_from_context(environment=variables).get("base_url")
        address = str(named or context or (DEFAULT_UNIX_SOCKET if os.name == "posix" else ""))
        urlsplit(address).port  # noqa: B018  # looked at here, for it is read all over docker-py
    except (*DOCKER_ERRORS, ValueError) as error:
        raise LaunchError(
            "Docker's address, or the certificates for it, cannot be used.",
            quote=words_of(error),
            hint="unset DOCKER_HOST and DOCKER_TLS_VERIFY, or mend them",
        ) from error
    return address


@contextlib.contextmanager
def connected(timeout_s: int = _TIMEOUT_S) -> Iterator[DockerClient]:
    """Lend a client, and turn what it raises into a `LaunchError`.

    Args:
        timeout_s: How long an answer may take, in seconds.

    Raises:
        LaunchError: The engine cannot be reached, or refuses something.
    """
    client = open_client(timeout_s)
    try:
        with in_plain_words():
            yield client
    finally:
        client.close()


@contextlib.contextmanager
def in_plain_words() -> Iterator[None]:
    """Turn what docker-py raises into a `LaunchError`; ours pass as they are.

    Raises:
        LaunchError: Docker refused something, or does not answer any more.
    """
    try:
        yield
    except LabError:
        raise
    except docker.errors.APIError as error:
        raise LaunchError(
            "Docker refuses what the lab asks for.",
            quote=words_of(error),
            hint="read Docker's words above; `docker info` and its log may say more",
        ) from error
    except DOCKER_ERRORS as error:
        address = engine_address(os.environ)
        raise connection_problem(address, words_of(error), None, sys.platform) from error


def connection_problem(address: str, said: str, number: int | None, platform: str) -> LaunchError:
    """Say why the engine cannot be reached.

    Args:
        address: Where it was looked for.
        said: The system's words.
        number: The system's error number, if there was one.
        platform: This machine's `sys.platform`.
    """
    place = address.removeprefix("http+")
    if number in (errno.EACCES, errno.EPERM):
        return LaunchError(
            f"You may not use Docker: its socket {place} is closed to you.",
            quote=said,
            hint="sudo usermod -aG docker $USER, then log out and in again"
            if platform == "linux"
            else "start Docker Desktop as the user that you are now",
        )
    if platform == "linux":
        start = "start it (sudo systemctl start docker); on Linux the lab works without Docker, too"
    else:
        start = "start Docker Desktop, and wait until it says that it runs"
    return LaunchError(f"No Docker daemon answers at {place}.", quote=said, hint=start)


def ask_engine(client: DockerClient) -> Engine:
    """Ask the engine what it is.

    Args:
        client: A client.

    Raises:
        LaunchError: It cannot run the lab's containers.
    """
    info = client.info()
    try:
        bridge = client.networks.get(_BRIDGE).attrs or {}
    except docker.errors.NotFound:
        bridge = {}
    return engine_from(info, bridge, sys.platform, _interfaces())


def remove_container(container: Container) -> None:
    """Remove a container, running or not; one that is gone or on its way is fine.

    Args:
        container: The container.
    """
    try:
        container.remove(force=True, v=True)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as error:
        if error.status_code != _CONFLICT:  # somebody else removes it just now
            raise


def words_of(error: BaseException) -> str:
    """Return the engine's own words, without docker-py's wrapping."""
    if isinstance(error, docker.errors.APIError) and error.explanation:
        return str(error.explanation)
    return str(error) or repr(error)


def knock() -> None:
    """Connect to the engine's Unix socket, for the system's own word on why that fails.

    docker-py wraps it in several errors, and leaves its socket open when it does.

    Raises:
        LaunchError: Nobody opens.
    """
    address = engine_address(os.environ)
    parts = urlsplit(address)
    if not parts.scheme.endswith("unix"):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(_KNOCK_S)
        try:
            door.connect(parts.path)
        except OSError as error:
            said = error.strerror or str(error)
            raise connection_problem(address, said, error.errno, sys.platform) from error


def _interfaces() -> dict[str, list[str]]:
    found = psutil.net_if_addrs()
    return {
        name: [item.address for item in items if item.family == socket.AF_INET]
        for name, items in found.items()
    }
