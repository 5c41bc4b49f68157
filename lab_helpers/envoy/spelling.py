"""The two spellings that Envoy reads of each field: `port_value`, and protobuf's own `portValue`.

A document may mix them. Nothing is written anew for that: a field is found under either name, and
changed under the one that it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

__all__ = ["camel_case", "drop_field", "field", "field_key", "set_field", "snake_case"]

_UPPER = re.compile(r"(?<=[a-z0-9])[A-Z]")


def camel_case(name: str) -> str:
    """Return a field's name as protobuf's JSON has it.

    Args:
        name: Such as `port_value`.
    """
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def snake_case(name: str) -> str:
    """Return a field's name as Envoy's documentation has it.

    Args:
        name: In either spelling; a name that is no field's (`@type`, say) stays as it is.
    """
    return _UPPER.sub(lambda match: f"_{match[0].lower()}", name)


def field_key(node: Mapping[str, Any], name: str) -> str | None:
    """Return the key under which a field stands; None where it is not there, or null.

    Args:
        node: A message.
        name: The field, as in `port_value`.
    """
    keys = (name, camel_case(name))
    return next((key for key in keys if node.get(key) is not None), None)


def field(node: object, *names: str) -> Any:  # noqa: ANN401  # a document holds anything
    """Return what stands below the fields; None where the document has another shape.

    Envoy refuses such a document, and says in its own words where it is wrong.

    Args:
        node: A part of a document.
        *names: The fields, from the outside in.
    """
    for name in names:
        key = field_key(node, name) if isinstance(node, Mapping) else None
        if key is None or not isinstance(node, Mapping):
            return None
        node = node[key]
    return node


def set_field(node: MutableMapping[str, Any], name: str, value: object) -> None:
    """Set a field, under the key that it has already if it is there.

    Args:
        node: The message, which is changed.
        name: The field.
        value: What it shall be.
    """
    key = field_key(node, name)
    if key is None:
        drop_field(node, name)  # one that is null
    node[key or name] = value


def drop_field(node: MutableMapping[str, Any], name: str) -> None:
    """Remove a field in either spelling; one that is not there is fine.

    Args:
        node: The message, which is changed.
        name: The field.
    """
    for key in (name, camel_case(name)):
        if key in node:
            del node[key]
