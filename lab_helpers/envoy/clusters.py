"""The services that a configuration calls: the lab's own upstream, and others beyond here."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Collection, MutableMapping
from typing import Any

from lab_helpers.envoy.addresses import admin_bound, bound_addresses
from lab_helpers.envoy.document import Document, mappings_at
from lab_helpers.envoy.references import cluster_endpoints, names_one_of
from lab_helpers.envoy.spelling import drop_field, field, set_field
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.interface import Address

__all__ = [
    "CLUSTER",
    "UPSTREAM_WAYS",
    "Called",
    "called_hosts",
    "check_upstream",
    "ip_address",
    "move_clusters",
]

CLUSTER = "my_custom_svc"
# Which clusters the lab answers for: the article's alone, or every one.
UPSTREAM_WAYS = (None, "all")
# A cluster that finds its hosts in another way than in its load_assignment.
_OWN_WAYS = ("cluster_type", "eds_cluster_config", "original_dst_lb_config", "lb_subset_config")
# What the token API does not speak: it is plain HTTP/1.1.
_WIRE = ("transport_socket", "transport_socket_matches", "health_checks")
_PROTOCOLS = ("typed_extension_protocol_options", "http2_protocol_options")


@dataclasses.dataclass(frozen=True, slots=True)
class Called:
    """A host that a cluster calls.

    Attributes:
        cluster: The cluster's name.
        host: A name or an address.
        port: The port, as it is written.
    """

    cluster: str
    host: str
    port: object

    @property
    def is_name(self) -> bool:
        """Return whether somebody must look the host up."""
        return ip_address(self.host) is None

    @property
    def is_here(self) -> bool:
        """Return whether it is on the machine, or in the container, that Envoy runs in."""
        address = ip_address(self.host)
        return self.host == "localhost" or (
            address is not None and (address.is_loopback or address.is_unspecified)
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port} (cluster {self.cluster})"


def check_upstream(upstream: str | None) -> str | None:
    """Return which clusters the lab is to answer for.

    Args:
        upstream: As it was given.

    Raises:
        ConfigurationError: It is none of the ways.
    """
    if upstream not in UPSTREAM_WAYS:
        raise ConfigurationError(
            f"There is no upstream {upstream!r}.",
            hint='upstream="all" sends every cluster to the lab\'s own upstream; left out, only'
            f" {CLUSTER} goes there",
        )
    return upstream


def called_hosts(document: Document) -> tuple[Called, ...]:
    """Return the hosts that the clusters call beyond this Envoy, in the file's order.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: An address of its own is none that the lab understands.
    """
    root, admin = document.root, admin_bound(document)
    own = (*bound_addresses(document), *([admin] if admin else []))
    return tuple(
        Called(str(cluster.get("name", "")), str(field(node, "address")), field(node, "port_value"))
        for cluster in mappings_at(root, "static_resources", "clusters")
        for node in cluster_endpoints(cluster)
        if not names_one_of(node, own)
    )


def move_clusters(
    root: MutableMapping[str, Any], upstream: Address, own: Collection[int], *, every: bool
) -> None:
    """Let clusters be found where the token API is, but for those that name a moved address.

    Args:
        root: The document, which is changed.
        upstream: Where the token API is.
        own: The addresses that name a moved one, by their identity.
        every: Whether all clusters are meant, and not `my_custom_svc` alone.
    """
    for cluster in mappings_at(root, "static_resources", "clusters"):
        if not every and cluster.get("name") != CLUSTER:
            continue
        nodes = list(cluster_endpoints(cluster))
        if any(id(node) in own for node in nodes):
            continue
        if every:
            nodes = nodes or _given_an_endpoint(cluster)
            for name in (*_WIRE, *_PROTOCOLS):
                drop_field(cluster, name)
        for node in nodes:
            set_field(node, "address", upstream.host)
            set_field(node, "port_value", upstream.port)
        if ip_address(upstream.host) is None:
            set_field(cluster, "type", "STRICT_DNS")
            set_field(cluster, "dns_lookup_family", "V4_ONLY")


def _given_an_endpoint(cluster: MutableMapping[str, Any]) -> list[MutableMapping[str, Any]]:
    """Return the one address of a cluster that found its hosts in a way of its own until now."""
    if field(cluster, "load_assignment") is not None:
        return []  # pipes, or a way within Envoy
    for name in _OWN_WAYS:
        drop_field(cluster, name)
    node: dict[str, Any] = {}
    endpoint = {"endpoint": {"address": {"socket_address": node}}}
    assignment = {"cluster_name": cluster.get("name"), "endpoints": [{"lb_endpoints": [endpoint]}]}
    set_field(cluster, "load_assignment", assignment)
    set_field(cluster, "type", "STATIC")
    drop_field(cluster, "lb_policy")
    return [node]


def ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that a host is written as; None where it is a name.

    Args:
        host: As it is written.
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
