"""What else names an address that is moved, so that it still points there afterwards."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from typing import Any

from lab_helpers.envoy.addresses import Bound, port_in
from lab_helpers.envoy.document import fields_of, mappings_at, walk
from lab_helpers.envoy.spelling import drop_field, field, field_key, set_field

__all__ = ["Reference", "cluster_endpoints", "endpoints", "names_one_of", "references_to"]

_ANY = ("0.0.0.0", "::")  # noqa: S104  # read in a file, never bound
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclasses.dataclass(frozen=True, slots=True)
class Reference:
    """A place that names an address.

    Attributes:
        node: The message that does, a part of the document.
        write: Writes the address's new host and port there.
        calls: Whether it is a cluster that calls it.
    """

    node: MutableMapping[str, Any]
    write: Callable[[str, int], None]
    calls: bool


def references_to(
    root: MutableMapping[str, Any], bound: Bound, others: Sequence[Bound]
) -> tuple[Reference, ...]:
    """Return what must be written anew when an address gets another port.

    Args:
        root: The document.
        bound: The address, as it was in the file.
        others: All addresses of the file: who fits better than this one is not its own.
    """
    if bound.port == 0 or not bound.binds:
        return ()
    found: list[Reference] = [
        _endpoint(node)
        for node in endpoints(root)
        if (fit := _fit(node, bound)) and fit == max(_fit(node, other) for other in others)
    ]
    listeners = field(root, "static_resources", "listeners") or []
    found += [
        _port(match, "destination_port")
        for way, match in walk(listeners[bound.listener] if bound.listener >= 0 else {})
        if fields_of(way)[-1:] == ("filter_chain_match",)
        and field(match, "destination_port") == bound.port
    ]
    found += [
        _port(redirect, "port_redirect")
        for way, redirect in walk(root)
        if fields_of(way)[-1:] == ("redirect",)
        and field(redirect, "port_redirect") == bound.port
        and not bound.udp
    ]
    return tuple(found)


def names_one_of(node: MutableMapping[str, Any], bound: Sequence[Bound]) -> bool:
    """Return whether a cluster's address is one that this Envoy listens on.

    Args:
        node: A `socket_address` of a cluster.
        bound: What it listens on.
    """
    return any(_fit(node, one) for one in bound if one.port)


def endpoints(root: MutableMapping[str, Any]) -> Iterator[MutableMapping[str, Any]]:
    """Yield each address that a cluster calls.

    Args:
        root: The document.
    """
    for cluster in mappings_at(root, "static_resources", "clusters"):
        yield from cluster_endpoints(cluster)


def cluster_endpoints(cluster: MutableMapping[str, Any]) -> Iterator[MutableMapping[str, Any]]:
    """Yield each `socket_address` that one cluster calls.

    Args:
        cluster: The cluster.
    """
    for way, node in walk(field(cluster, "load_assignment") or {}):
        names = fields_of(way)
        if names[-1:] == ("socket_address",) and "health_check_config" not in names:
            yield node


def _fit(node: MutableMapping[str, Any], bound: Bound) -> int:
    """Return how well a cluster's address names a listener's: 0 not at all, 3 exactly."""
    host = str(field(node, "address") or "")
    udp = str(field(node, "protocol") or "TCP").upper() == "UDP"
    if port_in(node) != bound.port or udp != bound.udp or not bound.binds:
        return 0
    if host == bound.host:
        return 3
    here = host in _LOOPBACK or host in _ANY or host.startswith("127.")
    if here and bound.host in _ANY:
        return 2
    names_loopback = host in _LOOPBACK or host in _ANY
    return int(names_loopback and bound.host in _LOOPBACK)


def _endpoint(node: MutableMapping[str, Any]) -> Reference:
    def write(host: str, port: int) -> None:
        set_field(node, "address", host)
        set_field(node, "port_value", port)
        for name in ("ipv4_compat", "resolver_name"):
            drop_field(node, name)

    return Reference(node, write, calls=True)


def _port(node: MutableMapping[str, Any], name: str) -> Reference:
    key = field_key(node, name) or name

    def write(_host: str, port: int) -> None:
        node[key] = port

    return Reference(node, write, calls=False)
