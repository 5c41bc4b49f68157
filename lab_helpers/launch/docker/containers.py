"""Containers as the lab starts them: bounded, without rights, and gone if the start fails."""

from __future__ import annotations

import contextlib
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import docker.errors
import requests
from docker.models.containers import Container
from docker.types import LogConfig, Mount

from lab_helpers.errors import LaunchError
from lab_helpers.launch.docker.daemon import DockerClient, knock, remove_container, words_of
from lab_helpers.launch.docker.engine import LOOPBACK, Engine, memory_bytes, most_threads
from lab_helpers.launch.docker.leftovers import forget, labels, new_name
from lab_helpers.launch.interface import LaunchPlan

__all__ = [
    "ADMIN_PORT",
    "CONFIGURATION",
    "ENVOY",
    "LISTENER_PORT",
    "MODULE",
    "Ended",
    "bounds",
    "check_readable",
    "envoy_options",
    "run_once",
    "start_container",
    "start_problem",
]

# Where things are in Envoy's own images, with a shell and without one.
ENVOY = "/usr/local/bin/envoy"
CONFIGURATION = "/etc/envoy/envoy.yaml"
MODULE = "/etc/envoy/filter.wasm"
# In a container no neighbour can take a port, so they are the article's.
LISTENER_PORT = 10_000
ADMIN_PORT = 9_901
# The user `envoy` in Envoy's image; a number, for an image without a shell knows no such name.
_USER = 101
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


def envoy_options(
    plan: LaunchPlan, image: str, engine: Engine, words: Sequence[str], *, serving: bool
) -> dict[str, Any]:
    """Return how to create a container for an Envoy, as docker-py names it.

    Args:
        plan: What to run.
        image: The image's name.
        engine: The engine that runs it.
        words: Envoy's command line, without the program.
        serving: Whether it serves traffic, so that its ports are published.
    """
    files = {CONFIGURATION: plan.configuration} | ({MODULE: plan.wasm} if plan.wasm else {})
    options = bounds(engine, workers=plan.workers) | {
        "image": image,
        "entrypoint": [ENVOY],
        "command": list(words),
        "user": f"{_USER}:{_USER}",
        "stop_signal": "SIGTERM",
        "network_mode": "bridge",
        "extra_hosts": engine.extra_hosts(),
        # A `Mount` of a file that is missing is an error; with `volumes` Docker makes a folder.
        "mounts": [
            Mount(target, str(source), type="bind", read_only=True)
            for target, source in files.items()
        ],
    }
    if serving:
        options["ports"] = {
            f"{LISTENER_PORT}/tcp": (LOOPBACK, plan.listener_port or None),
            f"{ADMIN_PORT}/tcp": (LOOPBACK, plan.admin_port or None),
        }
    return options


def check_readable(files: Sequence[Path], engine: Engine) -> None:
    """Make sure that the container's user may read the files that it is given.

    The folders above a file do not matter: Docker hands the file itself to the container.

    Args:
        files: The files.
        engine: The engine that runs it.

    Raises:
        LaunchError: A file is missing, or not readable by everybody.
    """
    for file in files:
        if not file.is_file():
            raise LaunchError(
                f"Envoy finds no file at {file}.",
                hint="compile the filter first: lab build filter/token",
            )
        if engine.minds_file_modes() and not file.stat().st_mode & stat.S_IROTH:
            raise LaunchError(
                f"Envoy cannot read {file}: in its container it is the user {_USER}.",
                quote=f"{stat.filemode(file.stat().st_mode)} {file.name}",
                hint=f"chmod a+r {file}",
            )


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
