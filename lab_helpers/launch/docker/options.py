"""What is Envoy's own in its container: image, user, ports, and the two files that it sees."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docker.types import Mount

from lab_helpers.docker_engine.containers import bounds
from lab_helpers.docker_engine.engine import LOOPBACK, Engine
from lab_helpers.errors import LaunchError
from lab_helpers.launch.interface import LaunchPlan
from lab_helpers.library_files import is_library
from lab_helpers.wasm_files import how_to_make

__all__ = [
    "ADMIN_PORT",
    "CONFIGURATION",
    "ENVOY",
    "ENVOY_IMAGE",
    "LISTENER_PORT",
    "RELOAD",
    "check_readable",
    "envoy_image",
    "envoy_options",
    "module_path",
    "module_paths",
    "modules",
    "note_file",
]

ENVOY_IMAGE = "envoyproxy/envoy:v1.40.0"
# Where things are in Envoy's own images, with a shell and without one.
ENVOY = "/usr/local/bin/envoy"
CONFIGURATION = "/etc/envoy/envoy.yaml"
_MODULE = "/etc/envoy/filter"  # and what kind of file it is: .wasm, or a library's .so
# A folder: what is renamed beside a file that is mounted alone is not seen inside.
RELOAD = "/etc/envoy/reload"
_FILES = "/etc/envoy/files"
# In a container no neighbour can take a port, so they are the article's.
LISTENER_PORT = 10_000
ADMIN_PORT = 9_901
# The user `envoy` in Envoy's image; a number, for an image without a shell knows no such name.
_USER = 101


def envoy_image(asked: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """Return the name of Envoy's image: as asked, else `LAB_ENVOY_IMAGE`, else Envoy's own.

    Args:
        asked: A name with its tag; None or "" for none.
        environment: The variables; those of this process by default.
    """
    variables = os.environ if environment is None else environment
    return asked or variables.get("LAB_ENVOY_IMAGE") or ENVOY_IMAGE


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
    files = {CONFIGURATION: plan.configuration, **modules(plan), **plan.files}
    if plan.reload_folder.is_dir():
        files[RELOAD] = plan.reload_folder
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


def modules(plan: LaunchPlan) -> dict[str, Path]:
    """Return the modules by the paths under which a container has them.

    Args:
        plan: What to run.
    """
    own = {module_path(plan.wasm): plan.wasm} if plan.wasm else {}
    return own | {path: plan.modules[name] for name, path in module_paths(plan).items()}


def module_path(module: Path) -> str:
    """Return under which path a container has the only module.

    Args:
        module: Its file.
    """
    return f"{_MODULE}{'.so' if is_library(module) else '.wasm'}"


def module_paths(plan: LaunchPlan) -> dict[str, str]:
    """Return under which path a container has each of several modules.

    Args:
        plan: What to run.
    """
    return {
        name: f"{_FILES}/module-{number}{'.so' if is_library(file) else '.wasm'}"
        for number, (name, file) in enumerate(plan.modules.items(), start=1)
    }


def note_file(plan: LaunchPlan, file: Path) -> str:
    """Note that a container needs a file; return under which path it has it.

    Args:
        plan: What to run, whose files are added to.
        file: The file of this machine.
    """
    noted = next((path for path, one in plan.files.items() if one == file), None)
    path = noted or f"{_FILES}/{len(plan.files) + 1}-{file.name}"
    plan.files[path] = file
    return path


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
                hint=how_to_make(file),
            )
        if engine.minds_file_modes() and not file.stat().st_mode & stat.S_IROTH:
            raise LaunchError(
                f"Envoy cannot read {file}: in its container it is the user {_USER}.",
                quote=f"{stat.filemode(file.stat().st_mode)} {file.name}",
                hint=f"chmod a+r {file}",
            )
