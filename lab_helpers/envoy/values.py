"""What stands where the lab writes a value of its own: Envoy never sees it, so it is judged here.

The lab lets a cluster be found where its own upstream is. What the file had there would be gone
before Envoy could say that it is none.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from lab_helpers.envoy.addresses import port_in
from lab_helpers.envoy.clusters import CLUSTER, ip_address
from lab_helpers.envoy.document import Document, Way, mappings_at, walk
from lab_helpers.envoy.references import cluster_endpoints
from lab_helpers.envoy.spelling import field, field_key

__all__ = ["check_called_addresses"]

# Left out, it is the first of the enumeration, and may be written by its number.
_STATIC = ("NONE", "STATIC", "0")


def check_called_addresses(document: Document, *, every: bool) -> None:
    """Make sure that a cluster which will be moved could be called where the file has it.

    Args:
        document: The configuration, as it was written.
        every: Whether all clusters will be moved, and not `my_custom_svc` alone.

    Raises:
        ConfigurationError: Envoy would refuse the address or its port; the place is named.
    """
    for number, cluster in enumerate(mappings_at(document.root, "static_resources", "clusters")):
        if not every and cluster.get("name") != CLUSTER:
            continue
        way = ("static_resources", "clusters", number)
        called = {id(node) for node in cluster_endpoints(cluster)}
        for at, node in walk(cluster, way):
            if id(node) in called:
                _check(document, at, node, static=_is_static(cluster))


def _is_static(cluster: MutableMapping[str, Any]) -> bool:
    own_way = field(cluster, "cluster_type") is not None
    return not own_way and str(field(cluster, "type")).upper() in _STATIC


def _check(document: Document, way: Way, node: MutableMapping[str, Any], *, static: bool) -> None:
    key, port = field_key(node, "port_value"), field(node, "port_value")
    if key is None and field(node, "named_port") is None:
        raise document.refusal(
            way,
            "has no port: Envoy cannot call it.",
            hint="write port_value: 8080 there, or another number up to 65535",
        )
    if key is not None and port_in(node) is None:
        raise document.refusal(
            (*way, key),
            "is no port: Envoy would refuse it.",
            quote=f"{key}: {port}",
            hint="write a number up to 65535, such as 8080",
        )
    host_key, host = field_key(node, "address"), field(node, "address")
    if host_key is None:
        raise document.refusal(
            way, "has no address: Envoy cannot call it.", hint="write address: 127.0.0.1 there"
        )
    if static and ip_address(str(host)) is None:
        raise document.refusal(
            (*way, host_key),
            "is no IP address, and the cluster is STATIC: Envoy would not look it up.",
            quote=f"{host_key}: {host}",
            hint="write a number such as 127.0.0.1, or type: STRICT_DNS for a name",
        )
