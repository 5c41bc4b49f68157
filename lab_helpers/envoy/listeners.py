"""The listeners of a configuration and of a running Envoy: what each speaks, where each is."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterator, Mapping, MutableMapping, Sequence
from typing import Any

from lab_helpers.envoy.addresses import Bound
from lab_helpers.envoy.document import mappings_at, walk
from lab_helpers.envoy.plugins import wasm_configs
from lab_helpers.envoy.spelling import field
from lab_helpers.errors import LaunchError
from lab_helpers.launch.interface import Address, Listening

__all__ = [
    "OpenListeners",
    "Status",
    "check_statuses",
    "describe",
    "read_statuses",
    "unique_name",
]

_HTTP = "http_connection_manager.v3.HttpConnectionManager"
_TLS = ".DownstreamTlsContext"
_INSPECTORS = (".TlsInspector", ".HttpInspector", ".ProxyProtocol")


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """A listener as Envoy's admin port tells of it.

    Attributes:
        name: Its name.
        addresses: Where it listens, its own address first; pipes are left out.
    """

    name: str
    addresses: tuple[Address, ...]


class OpenListeners:
    """The listeners of a running Envoy that can be asked.

    Args:
        listening: What the configuration listens with, in its order.
        statuses: Where Envoy says that it listens.
        address_of: Says where a port of Envoy's is reached from here.
    """

    def __init__(
        self,
        listening: Sequence[Listening],
        statuses: Sequence[Status],
        address_of: Callable[[int], Address],
    ) -> None:
        ports = {status.name: status.addresses[0].port for status in statuses if status.addresses}
        self._known = [
            (one, ports[one.name])
            for one in listening
            if one.speaks in ("http", "tcp") and one.name in ports
        ]
        self._address_of = address_of

    def asked(self, *speaks: str, name: str | None = None) -> Listening | None:
        """Return the listener that is asked; None where there is none.

        Args:
            *speaks: What it shall speak, the best first: `http`, `tcp`.
            name: Its name, where a certain one is meant.

        Raises:
            LaunchError: There is none of that name.
        """
        if name is not None:
            named = next((one for one, _ in self._known if one.name == name), None)
            if named is None:
                there = ", ".join(one.name for one, _ in self._known) or "none has a TCP port"
                raise LaunchError(f"There is no listener {name!r}.", hint=f"one of: {there}")
            return named
        known = [one for one, _ in self._known]
        ways_in = [one for one in known if not one.called] or known
        order = [one for kind in speaks for one in ways_in if one.speaks == kind]
        return order[0] if order else None

    @property
    def unreachable(self) -> tuple[str, ...]:
        """Return the names of the listeners that cannot be reached from here."""
        return tuple(one.name for one, _ in self._known if self._reach(one) is None)

    def _reach(self, listening: Listening) -> Address | None:
        try:
            return self.address(listening)
        except LaunchError:  # the launcher's word for a port that leads nowhere from here
            return None

    def address(self, listening: Listening) -> Address:
        """Return where a listener is reached from here.

        Args:
            listening: The listener.

        Raises:
            LaunchError: It cannot be reached: of a container, only the first listener's port can.
        """
        return self._address_of(next(port for one, port in self._known if one is listening))


def describe(
    root: MutableMapping[str, Any], bound: Sequence[Bound], called: Collection[int]
) -> tuple[Listening, ...]:
    """Return what each listener is called and speaks.

    Args:
        root: The document, after its addresses were moved.
        bound: Its addresses.
        called: The numbers of the listeners that its own clusters call.
    """
    own = {one.listener: one for one in bound if one.first and one.binds}
    listeners = field(root, "static_resources", "listeners")
    return tuple(
        Listening(
            name=str(field(listener, "name") or ""),
            speaks=_speaks(listener, own.get(number)),
            stat_prefix=str(field(listener, "stat_prefix") or "").replace(":", "_"),
            called=number in called,
            wants_tls=_wants_tls(listener),
            inspects=tuple(_inspectors(listener)),
            vms=_vms(listener),
        )
        for number, listener in enumerate(listeners if isinstance(listeners, list) else ())
        if isinstance(listener, MutableMapping)
    )


def unique_name(wanted: str, taken: set[str]) -> str:
    """Return a name that nobody has yet, and note it as taken.

    Args:
        wanted: What it shall be called, if it can; what a counter's name cannot hold is replaced.
        taken: The names that are had already, which is changed.
    """
    base = re.sub(r"[^\w-]+", "_", wanted)
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    taken.add(name)
    return name


def read_statuses(reply: Mapping[str, Any]) -> tuple[Status, ...]:
    """Read what `/listeners?format=json` says, additional addresses included.

    Args:
        reply: The JSON.
    """
    return tuple(
        Status(
            str(entry.get("name", "")),
            tuple(
                Address(socket["address"], int(socket["port_value"]))
                for one in (
                    entry.get("local_address"),
                    *entry.get("additional_local_addresses", ()),
                )
                # A pipe has none, and neither has a listener that only Envoy itself reaches.
                if (socket := (one or {}).get("socket_address"))
            ),
        )
        for entry in reply.get("listener_statuses", ())
    )


def check_statuses(statuses: Sequence[Status], host: str) -> None:
    """Make sure that Envoy listens where the lab put it, and nowhere else.

    Args:
        statuses: What Envoy says.
        host: The address that it was given.

    Raises:
        LaunchError: It listens somewhere else.
    """
    astray = [
        f"{status.name}: {address}"
        for status in statuses
        for address in status.addresses
        if address.host != host
    ]
    if astray:
        raise LaunchError(
            f"Envoy listens where the lab did not put it, so it was ended: {', '.join(astray)}.",
            hint="take that address out of the configuration, and report it as a bug of the lab",
        )


def _speaks(listener: MutableMapping[str, Any], bound: Bound | None) -> str:
    if bound is None:
        return "none"
    if bound.udp:
        return "udp"
    return "http" if any(_is_http(node) for _, node in walk(_chains(listener))) else "tcp"


def _wants_tls(listener: MutableMapping[str, Any]) -> bool:
    chains = [chain for chain in _chains(listener) if isinstance(chain, Mapping)]
    sockets = (field(chain, "transport_socket", "typed_config") or {} for chain in chains)
    return bool(chains) and all(_is_of(socket, _TLS) for socket in sockets)


def _inspectors(listener: MutableMapping[str, Any]) -> Iterator[str]:
    """Yield the names of the listener filters that wait for bytes."""
    for one in mappings_at(listener, "listener_filters"):
        if any(_is_of(field(one, "typed_config") or {}, kind) for kind in _INSPECTORS):
            yield str(field(one, "name"))


def _vms(listener: MutableMapping[str, Any]) -> tuple[str, ...]:
    """Return which VM each Wasm filter has, of the first chain that makes HTTP of bytes."""
    managers = [node for _, node in walk(_chains(listener)) if _is_http(node)]
    # It may be wrapped in a TypedStruct, whose fields stand below `value`.
    fields = [each for node in managers[:1] for each in (node, field(node, "value"))]
    filters = [one for each in fields for one in mappings_at(each, "http_filters")]
    configs = (
        config
        for one in filters
        if field(one, "disabled") is not True
        for config in wasm_configs(field(one, "typed_config"))
    )
    # Plugins share a VM where both are the same: a vm_id alone does not make one of two modules.
    parts = ("vm_id", "code")
    return tuple(
        " ".join(str(field(config, "vm_config", part) or "") for part in parts)
        for config in configs
    )


def _chains(listener: MutableMapping[str, Any]) -> list[Any]:
    chains = mappings_at(listener, "filter_chains")
    last = field(listener, "default_filter_chain")
    return [*chains, last] if last is not None else chains


def _is_http(node: Mapping[str, Any]) -> bool:
    return _is_of(node, _HTTP)


def _is_of(node: Mapping[str, Any], kind: str) -> bool:
    """Return whether a message is of a type, or wraps one that is."""
    kinds = (node.get("@type"), node.get("type_url"), node.get("typeUrl"))
    return any(str(one).endswith(kind) for one in kinds)
