"""Look into a parsed YAML document, whatever shape it has; read and write it with its comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

import ruamel.yaml

__all__ = ["at", "mappings_at", "socket_addresses", "yaml_format"]


def at(node: object, *keys: str) -> object:
    """Return what stands below the keys; None where the document has another shape.

    Envoy refuses such a document, and says in its own words where it is wrong.

    Args:
        node: A part of a document.
        *keys: The keys, from the outside in.
    """
    for key in keys:
        node = node.get(key) if isinstance(node, Mapping) else None
    return node


def mappings_at(node: object, *keys: str) -> list[MutableMapping[str, Any]]:
    """Return the mappings in the list below the keys; none where the document has another shape.

    Args:
        node: A part of a document.
        *keys: The keys, from the outside in.
    """
    found = at(node, *keys)
    values = found if isinstance(found, list) else ()
    return [value for value in values if isinstance(value, MutableMapping)]


def socket_addresses(node: object) -> Iterator[MutableMapping[str, Any]]:
    """Yield each `socket_address`, wherever it stands.

    Args:
        node: A part of a document.
    """
    if isinstance(node, MutableMapping):
        if isinstance(node.get("socket_address"), MutableMapping):
            yield node["socket_address"]
        for value in node.values():
            yield from socket_addresses(value)
    elif isinstance(node, list):
        for value in node:
            yield from socket_addresses(value)


def yaml_format() -> ruamel.yaml.YAML:
    """Return a reader and writer that keeps comments, order and quotes."""
    yaml = ruamel.yaml.YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml
