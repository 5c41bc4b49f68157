"""Containers as the lab starts them: bounded, without rights, and gone if the start fails."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import docker.errors
import requests
from docker.models.containers import Container
from docker.types import LogConfig

from lab_helpers.docker_engine.daemon import DockerClient, knock, remove_container, words_of
from lab_helpers.docker_engine.engine import Engine, memory_bytes, most_threads
from lab_helpers.docker_engine.leftovers import forget, labels, new_name
from lab_helpers.errors import LaunchError

__all__ = [
    "Ended",
    "bounds",
    "exit_code_of",
    "run_once",
    "start_container",
    "start_problem",
]

_LAST_SIGNAL = 64
_SIGNALLED = 128
_LOG_MOST = "64m"
_NO_SUCH_PROGRAM = re.compile(r'exec: "(?P<program>[^"]+)".*(no such file|not found)', re.DOTALL)
_NO_SUCH_SOURCE = re.compile(r"bind source path does not exist: (?P<path>\S+)")
_PORT_TAKEN = re.compile(
    r"(?P<port>\d+)(/tcp)?: (bind: )?(address already in use|failed: port is already allocated)"
    r"|Bind for \S*:(?P<other>\d+) failed: port is already allocated"
)
_NOT_SHARED = re.compile(r"Mounts denied|is not shared from|not shared with Docker", re.IGNORECASE)


class Ended(NamedTuple):
    """How a container ended.

    Attributes:
        code: Its exit code.
        said: All that it wrote.
        out_of_memory: Whether the kernel ended something in it for using more than it may have.
    """

    code: int
    said: str
    out_of_memory: bool


def bounds(engine: Engine, *, workers: int = 1) -> dict[str, Any]:
    """Return what every container of the lab is held to.

    Args:
        engine: The engine that runs it.
        workers: How many Envoy workers, for memory and threads.
    """
    memory = memory_bytes(workers)
    return {
        "cap_drop": ["ALL"],
        "security_opt": engine.security(),
        "read_only": True,
        "mem_limit": memory,
        "memswap_limit": memory,  # the same: no swap besides
        "pids_limit": most_threads(workers),
        "labels": labels(),
        # A person's engine may send logs elsewhere by default, from where they cannot be read.
        "log_config": LogConfig(type=LogConfig.types.JSON, config={"max-size": _LOG_MOST}),
    }


@contextlib.contextmanager
def start_container(
    client: DockerClient, purpose: str, options: Mapping[str, Any]
) -> Iterator[Container]:
    """Create and start a container; it is removed again if the block or the start fails.

    Args:
        client: A client of the engine.
        purpose: What it is for, in its name.
        options: How to create it, as docker-py names it.

    Raises:
        LaunchError: It could not be started.
    """
    name = new_name(purpose)
    creation: Future[Container] | None = None
    try:
        try:
            # In a thread of its own: Ctrl-C then ends the waiting, not the creation half way. The
            # daemon would make that container all the same, and nobody here would know of it.
            creator = ThreadPoolExecutor(1, thread_name_prefix="docker-create")
            creation = creator.submit(client.containers.create, name=name, **options)
            creator.shutdown(wait=False)
            container = creation.result()
            container.start()
            container.reload()
        except docker.errors.APIError as error:
            raise start_problem(words_of(error), str(options["image"])) from error
        yield container
    except BaseException:
        try:
            if creation is not None and creation.exception() is None:  # this waits for its end
                knock()  # if the daemon went away, this says so
                remove_container(creation.result())
        finally:
            forget(name)  # what could not be removed is a leftover from now on
        raise


def run_once(
    client: DockerClient, purpose: str, options: Mapping[str, Any], timeout_s: float | None
) -> Ended:
    """Run a container to its end, and remove it.

    Args:
        client: A client of the engine.
        purpose: What it is for, in its name.
        options: How to create it, as docker-py names it.
        timeout_s: How long at most, in seconds; None for ever.

    Returns:
        How it ended.

    Raises:
        LaunchError: It could not be started.
        TimeoutError: It took too long; it is ended and removed.
    """
    with start_container(client, purpose, options) as container:
        try:
            code = int(container.wait(timeout=timeout_s)["StatusCode"])
        except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError) as error:
            if "timed out" not in str(error):
                raise
            raise TimeoutError(f"not done within {timeout_s:g} s") from error
        said = container.logs().decode(errors="replace")
        container.reload()
        out_of_memory = bool(container.attrs["State"].get("OOMKilled"))
        remove_container(container)
    forget(container.name or "")
    return Ended(code, said, out_of_memory)


def exit_code_of(status: int) -> int:
    """Return a container's exit status as `subprocess` counts: a signal is a negative number.

    Args:
        status: What the engine says, such as 139 for a segmentation fault.
    """
    number = status - _SIGNALLED
    return -number if 0 < number <= _LAST_SIGNAL else status


def start_problem(said: str, image: str) -> LaunchError:
    """Say why a container could not be started.

    Args:
        said: The engine's words.
        image: The image's name.
    """
    if match := _PORT_TAKEN.search(said):
        return LaunchError(
            f"Port {match['port'] or match['other']} is taken, says Docker.",
            quote=said,
            hint="choose another port, or 0 for a free one; `docker ps` shows who publishes it",
        )
    if match := _NO_SUCH_SOURCE.search(said):
        return LaunchError(
            f"Docker does not see the file {match['path']}, though it is here.",
            quote=said,
            hint="Docker may run elsewhere, or (as a snap) see no hidden folders: put the lab's"
            " files where it sees them, with LAB_WORK and LAB_CACHE",
        )
    if _NOT_SHARED.search(said):
        return LaunchError(
            "Docker Desktop may not read this folder.",
            quote=said,
            hint="share it in Docker Desktop: Settings, Resources, File sharing",
        )
    if match := _NO_SUCH_PROGRAM.search(said):
        return LaunchError(
            f"The image {image} has no {match['program']}.",
            quote=said,
            hint="name an image of the right kind; without a name the lab takes the proper one",
        )
    return LaunchError(
        "Docker cannot start the container.",
        quote=said,
        hint="read Docker's words above; `docker info` and its log may say more",
    )
