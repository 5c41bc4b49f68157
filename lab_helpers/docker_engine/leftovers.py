"""Find the containers that a dead Python left behind, by their label, and remove them.

A container does not die with the Python that started it. So each carries its owner's name; the
next start of the lab, or `lab clean`, removes those whose owner is gone. Nothing without the label
is ever touched, nor what belongs to another person, another machine or a process that is alive.
"""

from __future__ import annotations

import contextlib
import threading
import uuid

import docker.errors

from lab_helpers.docker_engine.daemon import DockerClient, remove_container
from lab_helpers.owner import Owner

__all__ = ["LABEL", "clear_containers", "forget", "is_leftover", "labels", "new_name"]

LABEL = "envoy-wasm-lab.owner"
_PREFIX = "envoy-wasm-lab"
# The containers that this process still uses. One of its own that is not among them was lost: the
# daemon went away, and came back.
_IN_USE: set[str] = set()
_LOCK = threading.Lock()


def new_name(purpose: str) -> str:
    """Return a container name that nobody has, noted as in use by this process.

    Args:
        purpose: What it is for, such as `envoy`.
    """
    name = f"{_PREFIX}-{purpose}-{uuid.uuid4().hex[:12]}"
    with _LOCK:
        _IN_USE.add(name)
    return name


def forget(name: str) -> None:
    """Note that this process uses the container no more.

    Args:
        name: What `new_name` returned.
    """
    with _LOCK:
        _IN_USE.discard(name)


def labels() -> dict[str, str]:
    """Return the labels of every container that this process starts."""
    return {LABEL: str(Owner.this_process())}


def is_leftover(name: str, label: str, asking: Owner) -> bool:
    """Return whether a container may be removed.

    Args:
        name: Its name.
        label: The value of its label.
        asking: This process.
    """
    owner = Owner.parse(label)
    if owner is None:
        return False
    if owner.same(asking):
        with _LOCK:
            return name not in _IN_USE
    return owner.gone(asking)


def clear_containers(client: DockerClient) -> int:
    """Remove the containers that nobody owns any more.

    Args:
        client: A client of the engine.

    Returns:
        How many were removed.
    """
    asking = Owner.this_process()
    removed = 0
    for container in client.containers.list(
        all=True, filters={"label": LABEL}, ignore_removed=True
    ):
        if is_leftover(container.name or "", container.labels.get(LABEL, ""), asking):
            with contextlib.suppress(docker.errors.NotFound):
                remove_container(container)
                removed += 1
    return removed
