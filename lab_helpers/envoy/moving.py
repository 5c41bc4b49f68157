"""Move addresses of a configuration to where an Envoy of the lab can have them."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from lab_helpers.envoy.document import at, mappings_at, socket_addresses
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.interface import Address, Places

__all__ = ["CLUSTER", "move_admin", "move_cluster", "move_listeners"]

CLUSTER = "my_custom_svc"

Document = MutableMapping[str, Any]


def move_listeners(document: Document, places: Places, source: str) -> None:
    """Move each listener to where it will run; the first to the port that was asked for.

    Args:
        document: The document, which is changed.
        places: Where the Envoy that reads it finds things.
        source: What to call it in messages.

    Raises:
        ConfigurationError: A listener has no address to move.
    """
    for number, listener in enumerate(mappings_at(document, "static_resources", "listeners")):
        address = at(listener, "address", "socket_address")
        if not isinstance(address, MutableMapping):
            raise ConfigurationError(
                f"Listener {number} of {source} has no address.socket_address.",
                hint="give it an address and a port_value, as envoy/envoy.yaml does",
            )
        address["address"] = places.listen_host
        address["port_value"] = places.listener_port if number == 0 else 0


def move_admin(document: Document, places: Places, source: str) -> None:
    """Move the admin port, or give the document one.

    Args:
        document: The document, which is changed.
        places: Where the Envoy that reads it finds things.
        source: What to call it in messages.

    Raises:
        ConfigurationError: Its `admin` is none.
    """
    socket_address = {"address": places.listen_host, "port_value": places.admin_port}
    if document.get("admin") is None:
        document["admin"] = {}
    found = at(document, "admin", "address", "socket_address")
    if isinstance(found, MutableMapping):
        found.update(socket_address)
    elif isinstance(document["admin"], MutableMapping):
        document["admin"]["address"] = {"socket_address": socket_address}
    else:
        raise ConfigurationError(
            f"The admin: of {source} holds no address.",
            hint="write its address below it, as envoy/envoy.yaml does, or leave it empty",
        )


def move_cluster(document: Document, upstream: Address) -> None:
    """Let the cluster `my_custom_svc` be found where the token API is.

    Args:
        document: The document, which is changed.
        upstream: Where the token API is.
    """
    for cluster in mappings_at(document, "static_resources", "clusters"):
        if cluster.get("name") != CLUSTER:
            continue
        for address in socket_addresses(cluster.get("load_assignment") or {}):
            address["address"], address["port_value"] = upstream.host, upstream.port
        if not upstream.host.replace(".", "").isdigit():
            cluster["type"] = "STRICT_DNS"
            cluster["dns_lookup_family"] = "V4_ONLY"
