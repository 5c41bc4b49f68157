"""Virtual hosts that name their listener's port: they answer after the move as well.

Envoy compares a virtual host's `domains` with the whole Host header, the port in it included. A
client of a listener that was moved sends another port, and which one is known only once Envoy has
bound it (in a container: once Docker has published it). So the port becomes `*`, Envoy's own word
for whatever follows (`domains: ["localhost:10000"]` becomes `["localhost:*"]`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

from lab_helpers.envoy.addresses import Bound
from lab_helpers.envoy.document import fields_of, mappings_at, walk
from lab_helpers.envoy.spelling import field, field_key

__all__ = ["free_domains", "tell_domains"]

_HERE = ("localhost", "0.0.0.0", "[::]", "[::1]")  # noqa: S104  # read in a file, never bound
_ASKED = "127.0.0.1:*"


def free_domains(root: MutableMapping[str, Any], bound: Iterable[Bound]) -> None:
    """Let virtual hosts that name a listener's port answer on any port.

    One that stands for this machine answers to 127.0.0.1 as well, for there it is asked.

    Args:
        root: The document, which is changed.
        bound: The addresses of its listeners, as they were in the file.
    """
    for routes, port in _routes_of(root, bound):
        hosts = mappings_at(routes, "virtual_hosts")
        taken = {domain for host in hosts for domain in _domains(host)}
        local: list[list[str]] = []
        for host in hosts:
            domains = field(host, "domains")
            for at, domain in enumerate(_domains(host)):
                free = _freed(domain, port)
                # Envoy takes no domain twice, so what another one says already stays as it was.
                if free is None or free in taken:
                    continue
                domains[at] = free
                taken.add(free)
                if domain.removesuffix(f":{port}") in _HERE:
                    local.append(domains)
        if local and _ASKED not in taken:
            local[0].append(_ASKED)


def tell_domains(root: MutableMapping[str, Any], bound: Iterable[Bound]) -> tuple[str, ...]:
    """Say which virtual hosts name their listener's port, and how they are asked.

    Args:
        root: The document, as it is in the file.
        bound: The addresses of its listeners.
    """
    named = [
        (domain, port)
        for routes, port in _routes_of(root, bound)
        for host in mappings_at(routes, "virtual_hosts")
        for domain in _domains(host)
        if _names(domain, port)
    ]
    freed = [domain for domain, port in named if _freed(domain, port)]
    kept = [domain for domain, port in named if not _freed(domain, port)]
    said = []
    if freed:
        said.append(
            f"the port in the domains {', '.join(freed)} is written as *, for the listener gets"
            " another port"
        )
    if kept:
        said.append(
            f"the domain {kept[0]} names a port that the listener does not have here: give a host"
            " header that fits it when you ask"
        )
    return tuple(said)


def _routes_of(
    root: MutableMapping[str, Any], bound: Iterable[Bound]
) -> Iterator[tuple[MutableMapping[str, Any], int]]:
    """Yield each route configuration within a listener, with each port that leads to it."""
    listeners = field(root, "static_resources", "listeners") or []
    for one in bound:
        if one.listener < 0 or not one.binds or one.udp or one.port == 0:
            continue
        for way, node in walk(listeners[one.listener]):
            if fields_of(way)[-1:] == ("route_config",) and field_key(node, "virtual_hosts"):
                yield node, one.port


def _domains(host: MutableMapping[str, Any]) -> list[str]:
    domains = field(host, "domains")
    return [str(domain) for domain in domains] if isinstance(domains, list) else []


def _names(domain: str, port: int) -> bool:
    host, _, named = domain.rpartition(":")
    return bool(host) and named == str(port)


def _freed(domain: str, port: int) -> str | None:
    """Return a domain without its port; None where it names none, or another one."""
    host = domain.removesuffix(f":{port}")
    if host == domain or not host:
        return None
    # An asterisk may stand at one end alone: what begins with one is told by its end.
    return host if host == "*" else None if host.startswith("*") else f"{host}:*"
