"""Find every address that a configuration lets Envoy listen on, whatever its place or spelling.

An address that is not understood would stay where the file has it, be it 0.0.0.0. So what looks
like one, and stands where Envoy neither listens nor calls, is refused before Envoy starts.
"""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Iterator, MutableMapping
from typing import Any

from lab_helpers.envoy.document import Document, Way, fields_of, walk
from lab_helpers.envoy.spelling import field, field_key

__all__ = [
    "Bound",
    "admin_bound",
    "admin_way",
    "bound_addresses",
    "check_addresses",
    "port_in",
]

_LAST_PORT = 65535
# Whoever stands below these is called by Envoy, or calls from there: nobody can connect to it.
_OUTGOING = frozenset(
    (
        "load_assignment",
        "stats_sinks",
        "dns_resolution_config",
        "typed_dns_resolver_config",
        "dns_resolvers",
        "upstream_resolvers",
        "preresolve_hostnames",
        "health_check_config",
        "bind_config",
        "upstream_bind_config",
        "source_address",
        "extra_source_addresses",
        "additional_source_addresses",
        "listening_addresses",  # of a node: what it tells a control plane
    )
)
# What an address may have that would take it somewhere the lab does not know.
_STRANGE = ("resolver_name", "named_port", "network_namespace_filepath")
_NO_ADDRESS = ("internal_listener", "api_listener")


@dataclasses.dataclass(frozen=True, slots=True)
class Bound:
    """An address that Envoy listens on, as it stands in the file.

    Attributes:
        way: The way to it.
        node: Its `socket_address`.
        host: The IP address.
        port: The port.
        udp: Whether it is UDP's, else TCP's.
        listener: The number of its listener; -1 for the admin port.
        first: Whether it is the listener's own, and no additional one.
        binds: Whether Envoy opens it: a listener with `bind_to_port: false` is only looked up.
    """

    way: Way
    node: MutableMapping[str, Any]
    host: str
    port: int
    udp: bool
    listener: int
    first: bool
    binds: bool


def admin_way(root: MutableMapping[str, Any]) -> Way:
    """Return the way to the admin port's address, if it is a socket's.

    Args:
        root: The document.
    """
    admin = field_key(root, "admin")
    address = field(root, "admin", "address")
    key = field_key(address, "socket_address") if isinstance(address, MutableMapping) else None
    return (admin, "address", key) if admin and key else ()


def admin_bound(document: Document) -> Bound | None:
    """Return the admin port's address as it stands in the file; None where it is no socket's.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: It is none that the lab understands.
    """
    way = admin_way(document.root)
    node = field(document.root, "admin", "address", "socket_address")
    if not way or not isinstance(node, MutableMapping):
        return None
    host, port = _checked(document, way, node)
    return Bound(way, node, host, port, udp=False, listener=-1, first=True, binds=True)


def bound_addresses(document: Document) -> tuple[Bound, ...]:
    """Return the addresses of all listeners, in the file's order.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: A listener has none, or one that the lab does not understand.
    """
    static = field_key(document.root, "static_resources")
    found = field(document.root, "static_resources", "listeners")
    if not static or not isinstance(found, list):
        return ()
    listeners = enumerate(found)
    return tuple(
        bound
        for number, listener in listeners
        if isinstance(listener, MutableMapping)
        for bound in _of_listener(document, (static, "listeners", number), listener)
    )


def check_addresses(document: Document, bound: tuple[Bound, ...]) -> None:
    """Make sure that nothing else in the document looks like an address to listen on.

    Args:
        document: The configuration.
        bound: The addresses that are understood.

    Raises:
        ConfigurationError: Something does.
    """
    known = {one.way for one in bound} | {admin_way(document.root)}
    for way, node in walk(document.root):
        names = fields_of(way)
        if way in known or _OUTGOING.intersection(names):
            continue
        looks = names[-1:] == ("socket_address",) or (
            field_key(node, "port_value") and field_key(node, "address")
        )
        if looks:
            raise document.refusal(
                way,
                "looks like an address, in a place where the lab cannot tell whether Envoy would"
                " listen on it.",
                quote=_quoted(node),
                hint="take it out; a listener has address: and additional_addresses:",
            )


def port_in(node: MutableMapping[str, Any]) -> int | None:
    """Return the port of a `socket_address`; None where it has no number that can be one.

    Args:
        node: The address.
    """
    value = field(node, "port_value")
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and int(text) <= _LAST_PORT else None


def _of_listener(
    document: Document, way: Way, listener: MutableMapping[str, Any]
) -> Iterator[Bound]:
    """Yield the addresses of one listener."""
    binds = field(listener, "bind_to_port") is not False and (
        field(listener, "deprecated_v1", "bind_to_port") is not False
    )
    binds = binds and not any(field_key(listener, name) for name in _NO_ADDRESS)
    key = field_key(listener, "address")
    if key is not None:
        yield from _of_address(document, (*way, key), listener[key], first=True, binds=binds)
    elif not any(field(listener, name) is not None for name in _NO_ADDRESS):
        raise document.refusal(
            way,
            "has no address.",
            hint="give it an address: {socket_address: {address: …, port_value: …}}, as"
            " envoy/envoy.yaml does",
        )
    more = field_key(listener, "additional_addresses")
    if more is None or not isinstance(listener[more], list):
        return
    for number, one in enumerate(listener[more]):
        if not isinstance(one, MutableMapping):
            continue  # Envoy refuses it
        inner = (*way, more, number)
        key = field_key(one, "address")
        if key is None:
            raise document.refusal(
                inner, "has no address.", hint="write address: {socket_address: …} there"
            )
        yield from _of_address(document, (*inner, key), one[key], first=False, binds=binds)


def _of_address(
    document: Document,
    way: Way,
    address: object,
    *,
    first: bool,
    binds: bool,
) -> Iterator[Bound]:
    if not isinstance(address, MutableMapping):
        raise document.refusal(
            way,
            "is no address that the lab can move.",
            quote=str(address),
            hint="write it as {socket_address: {address: …, port_value: …}}",
        )
    key = field_key(address, "socket_address")
    if key is None:
        if field_key(address, "pipe") or field_key(address, "envoy_internal_address"):
            return  # a file, or a way within Envoy: no port that a neighbour could meet
        raise document.refusal(
            way,
            "is no address that the lab knows.",
            quote=_quoted(address),
            hint="write it as {socket_address: {address: …, port_value: …}}, or as a pipe",
        )
    node, way = address[key], (*way, key)
    if not isinstance(node, MutableMapping):
        raise document.refusal(
            way,
            "is no address that the lab can move.",
            quote=str(node),
            hint="write it as {address: …, port_value: …}",
        )
    udp = str(field(node, "protocol") or "TCP").upper() in ("UDP", "1")
    host, port = _checked(document, way, node)
    number = next(step for step in way if isinstance(step, int))
    yield Bound(way, node, host, port, udp, number, first, binds)


def _checked(document: Document, way: Way, node: MutableMapping[str, Any]) -> tuple[str, int]:
    """Return an address that Envoy would take: the lab must not make good what Envoy refuses."""
    for name in _STRANGE:
        key = field_key(node, name)
        if key is not None:
            raise document.refusal(
                (*way, key),
                "takes the address to where the lab cannot move it from.",
                quote=f"{key}: {node[key]}",
                hint="leave it out, and write the address as an IP address and a port_value",
            )
    host, port = field(node, "address"), port_in(node)
    try:
        ipaddress.ip_address(host if isinstance(host, str) else "")
    except ValueError:
        raise document.refusal(
            way,
            "has no IP address to listen on.",
            quote=f"address: {host}",
            hint="write address: 127.0.0.1 there; the lab moves it in any case",
        ) from None
    if port is None:
        raise document.refusal(
            way,
            "has no port.",
            quote=f"port_value: {field(node, 'port_value')}",
            hint="write port_value: 10000 there, or another number; the lab moves it in any case",
        )
    return str(host), port


def _quoted(node: MutableMapping[str, Any]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in node.items())[:200]
