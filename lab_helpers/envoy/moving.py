"""Move every address of a configuration to where an Envoy of the lab can have it.

Whatever names an address moves with it. A TCP listener that is moved shares its port with nobody
(`enable_reuse_port: false`), counts for itself (`stat_prefix`), and, where the file says nothing of
it, hands connections to its workers in turn (`exact_balance`): with one socket for all of them, a
connection would else go to whoever wakes first, and no worker could be asked for certain.
"""

from __future__ import annotations

import dataclasses
from collections.abc import MutableMapping
from typing import Any

from lab_helpers.envoy.addresses import (
    Bound,
    admin_bound,
    bound_addresses,
    check_addresses,
)
from lab_helpers.envoy.document import Document, mappings_at
from lab_helpers.envoy.domains import free_domains
from lab_helpers.envoy.listeners import describe, unique_name
from lab_helpers.envoy.references import Reference, references_to
from lab_helpers.envoy.spelling import drop_field, field, field_key, set_field
from lab_helpers.errors import ConfigurationError
from lab_helpers.launch.interface import ADMIN_PATHS, Listening, Places

__all__ = ["Moved", "move_addresses"]

_LOOPBACK = "127.0.0.1"
_OWN = 0o600


@dataclasses.dataclass(frozen=True, slots=True)
class Moved:
    """What became of the addresses.

    Attributes:
        listening: The listeners, in the file's order.
        chosen: The ports that were chosen because something names them; one may be taken by the
            time that Envoy binds it.
        named: What names a moved address, by its identity: it is nobody else's to change.
    """

    listening: tuple[Listening, ...]
    chosen: tuple[int, ...]
    named: frozenset[int]


def move_addresses(document: Document, places: Places) -> Moved:
    """Move each listener and the admin port; the first way in to the port that was asked for.

    Args:
        document: The configuration, which is changed.
        places: Where the Envoy that reads it finds things.

    Returns:
        What Envoy will listen with.

    Raises:
        ConfigurationError: An address is none that the lab can move, or may be one.
    """
    root = document.root
    refuse_dynamic_listeners(document)
    bound = bound_addresses(document)
    check_addresses(document, bound)
    admin = _admin(document, places)
    all_bound = bound if admin is None else (*bound, admin)
    # All are looked for before one is moved, or a moved one might look like another's old place.
    named = [(one, references_to(root, one, all_bound)) for one in all_bound]
    called = frozenset(
        one.listener for one, references in named if any(found.calls for found in references)
    )
    # The first that is a way in: one that only another listener's cluster calls is none.
    ways_in = [one for one in bound if one.binds and one.first and not one.udp]
    main = min(ways_in, key=lambda one: one.listener in called, default=None)
    chosen: list[int] = []
    for one, references in named:
        if one is admin and places.admin_socket is not None and not references:
            continue  # it becomes a socket, below; where a cluster calls the port, it stays one
        wanted = places.admin_port if one is admin else places.listener_port * (one is main)
        port = one.port if not one.binds else wanted
        if references and port == 0:
            port = places.spare_port()
            chosen.append(port)
        _move(one, places.listen_host, port, references)
    if places.admin_socket is not None and (admin is None or (admin, ()) in named):
        pipe = {"path": str(places.admin_socket), "mode": _OWN}
        set_field(root["admin"], "address", {"pipe": pipe})
    free_domains(root, bound)
    _set_apart(root, bound)
    names = frozenset(id(reference.node) for _, found in named for reference in found)
    return Moved(describe(root, bound, called), tuple(chosen), names)


def refuse_dynamic_listeners(document: Document) -> None:
    """Make sure that nobody hands Envoy listeners while it runs, where nobody would move them.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: Somebody may.
    """
    dynamic = field_key(document.root, "dynamic_resources")
    if dynamic is None:
        return
    for name in ("lds_config", "lds_resources_locator", "ads_config"):
        key = field_key(document.root[dynamic], name) if _holds(document.root[dynamic]) else None
        if key is not None:
            raise document.refusal(
                (dynamic, key),
                "lets Envoy take listeners from elsewhere while it runs, and the lab could not move"
                " them to 127.0.0.1.",
                quote=f"{dynamic}: {{{key}: …}}",
                hint="write the listeners below static_resources: listeners: instead",
            )


def _admin(document: Document, places: Places) -> Bound | None:
    """Give the document an admin port; return where the file had it."""
    root = document.root
    key = field_key(root, "admin")
    if key is None:
        drop_field(root, "admin")
        root["admin"] = {}
    admin = root["admin"]
    if not _holds(admin):
        raise ConfigurationError(
            f"The admin: of {document.source} holds no address.",
            hint="write its address below it, as envoy/envoy.yaml does, or leave it empty",
        )
    _limit_paths(admin, places)
    bound = admin_bound(document)
    if bound is None:
        # A pipe of somebody's own is left behind: the lab asks by TCP, or by a socket of its own.
        fresh = {"address": places.listen_host, "port_value": places.admin_port}
        set_field(admin, "address", {"socket_address": fresh})
        return None
    return bound


def _limit_paths(admin: MutableMapping[str, Any], places: Places) -> None:
    """Let its admin answer what somebody's own list says, and what the lab asks."""
    theirs = field(admin, "allow_paths")
    drop_field(admin, "allow_paths")
    if places.admin_socket is not None:
        return  # nobody else reaches it
    asked = [{"prefix": path} for path in places.admin_paths or ADMIN_PATHS]
    if places.admin_paths:
        admin["allow_paths"] = asked
    elif isinstance(theirs, list):
        admin["allow_paths"] = [*theirs, *asked]


def _move(bound: Bound, host: str, port: int, references: tuple[Reference, ...]) -> None:
    set_field(bound.node, "address", host)
    set_field(bound.node, "port_value", port)
    drop_field(bound.node, "ipv4_compat")  # of an IPv6 address, which it no longer is
    for reference in references:
        reference.write(_LOOPBACK, port)


def _set_apart(root: MutableMapping[str, Any], bound: tuple[Bound, ...]) -> None:
    """Let each TCP listener that was moved have its port, its name and its counters to itself."""
    listeners = field(root, "static_resources", "listeners")
    mappings = mappings_at(root, "static_resources", "listeners")
    names = {str(field(one, "name")) for one in mappings}
    prefixes = {str(field(one, "stat_prefix")) for one in mappings} | {"admin"}
    for number in sorted({one.listener for one in bound if one.binds and not one.udp}):
        listener = listeners[number]
        drop_field(listener, "reuse_port")  # what enable_reuse_port was called
        set_field(listener, "enable_reuse_port", False)
        if field_key(listener, "connection_balance_config") is None:
            set_field(listener, "connection_balance_config", {"exact_balance": {}})
        if not field(listener, "name"):
            set_field(listener, "name", unique_name(f"listener_{number}", names))
        if not field(listener, "stat_prefix"):
            set_field(listener, "stat_prefix", unique_name(str(field(listener, "name")), prefixes))


def _holds(value: object) -> bool:
    return isinstance(value, MutableMapping)
