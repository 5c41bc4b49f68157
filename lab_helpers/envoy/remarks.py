"""What of an Envoy works otherwise than its configuration makes one think, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from lab_helpers.envoy.clusters import CLUSTER, Called
from lab_helpers.envoy.order import Order
from lab_helpers.envoy.run import Run
from lab_helpers.launch import Address

__all__ = ["remarks"]

_DOCKER = "docker"


def remarks(order: Order, run: Run | None) -> tuple[str, ...]:
    """Return what a person should know of the run.

    Args:
        order: What was asked for.
        run: What runs; None where nothing does.

    Raises:
        LabError: The admin port does not answer.
    """
    said = list(order.configuration.remarks(order.modules, told=bool(order.settings)))
    in_container = order.launcher.name == _DOCKER
    if order.upstream != "all":
        sizes = {}
        if run is not None:
            with run.answering():
                sizes = run.admin.cluster_sizes()
        said += _of_clusters(order.configuration.called, sizes, in_container=in_container)
    if run is not None and in_container:
        said += _of_listeners(run)
    if run is not None and isinstance(run.admin.address, Address):
        said += _of_the_admin_port(order, in_container=in_container)
    return tuple(said)


def _of_clusters(
    called: tuple[Called, ...], sizes: dict[str, int], *, in_container: bool
) -> Iterator[str]:
    """Say of each host beyond this machine that the lab does not stand in for it."""
    for one in called:
        if one.cluster == CLUSTER:
            continue
        if one.is_name and not one.is_here and sizes.get(one.cluster, 1) == 0:
            yield f'{one} cannot be found from here; upstream="all" sends it to the lab\'s upstream'
        elif not one.is_here:
            yield f"{one} is beyond this machine: the lab leaves it as it is"
        elif in_container:
            yield f"{one} is the container itself, where nothing else runs"


def _of_the_admin_port(order: Order, *, in_container: bool) -> Iterator[str]:
    """Say why its admin is a port, which every user of this machine can reach, unasked."""
    if order.admin_port is not None:
        return
    why = (
        "a container has no other"
        if in_container
        else "a cluster of this configuration calls it, or no Unix socket can be made in LAB_RUNS:"
        " its path is too long, or its disk has none"
    )
    yield f"its admin is a TCP port, which every user of this machine can reach: {why}"


def _of_listeners(run: Run) -> Iterator[str]:
    """Say which listeners of a container cannot be reached."""
    shut = run.ways_in.unreachable
    if shut:
        yield (
            f"of a container only the first listener is published: {', '.join(shut)} cannot be"
            " asked from here"
        )
