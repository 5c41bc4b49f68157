"""Faults of a lab whose Envoy runs in a container: of the container, and of the daemon."""

from __future__ import annotations

import contextlib

import docker
from docker.models.containers import Container

from lab_helpers.docker_engine.leftovers import LABEL
from tests.docker.own_dockerd import OwnDockerd
from tests.torture.faults import Torment
from tests.torture.lab import Lab

__all__ = ["containers_of_the_lab", "docker_faults"]


def containers_of_the_lab() -> list[Container]:
    """Return the containers that carry the lab's label, running or not."""
    with contextlib.closing(docker.from_env()) as client:
        found = client.containers.list(all=True, filters={"label": LABEL}, ignore_removed=True)
    return list(found)


def docker_faults(daemon: OwnDockerd | None) -> tuple[Torment, ...]:
    """Return what may be done to a lab in Docker.

    Args:
        daemon: The daemon, where it is one of ours that may be killed.
    """

    def daemon_killed(lab: Lab) -> None:
        """Kill Docker's daemon under the running container, and start it again."""
        assert daemon is not None
        daemon.kill()
        lab.ask_somebody()
        daemon.start()

    return (container_killed, container_removed, container_stopped) + (daemon_killed,) * (
        daemon is not None
    )


def container_killed(lab: Lab) -> None:
    """Kill the container from outside."""
    _container(lab).kill()
    lab.ask_somebody()


def container_removed(lab: Lab) -> None:
    """Remove the container from outside, while it runs."""
    _container(lab).remove(force=True)
    lab.ask_somebody()


def container_stopped(lab: Lab) -> None:
    """Stop the container from outside, as a person who tidies up."""
    _container(lab).stop(timeout=1)
    lab.ask_somebody()


def _container(lab: Lab) -> Container:
    (ours,) = containers_of_the_lab()
    assert lab.envoy.running
    return ours
