"""Write into an adopted configuration what today's Envoy wants in it and older ones did not."""

from __future__ import annotations

import io
from collections.abc import Iterator, MutableMapping
from typing import Any

from ruamel.yaml.error import YAMLError

from lab_helpers.envoy.document import yaml_format
from lab_helpers.envoy.extension_types import extension_type

__all__ = ["with_types"]

_CONFIGS = ("typed_config", "typedConfig")


def with_types(text: str) -> tuple[str, list[tuple[int, str]]]:
    """Return a configuration in which each known extension has its `@type`.

    Args:
        text: The file's text.

    Returns:
        The text, and what was changed: the line, from 1, and a sentence. A text that is no Envoy
        configuration comes back as it is.
    """
    yaml = yaml_format()
    try:
        document = yaml.load(text)
    except YAMLError:
        return text, []  # whoever runs it is told where it is wrong
    if not isinstance(document, MutableMapping) or not {"static_resources", "staticResources"} & {
        *document
    }:
        return text, []
    changes = []
    for node, key in _untyped(document):
        name = str(node.get("name", ""))
        kind = extension_type(name)
        if kind:
            node[key] = {"@type": kind}
            line = node.lc.key(key)[0] + 1
            changes.append(
                (line, f"Envoy finds {name} by its @type alone, which stands there now.")
            )
    if not changes:
        return text, []
    stream = io.StringIO()
    yaml.dump(document, stream)
    return stream.getvalue(), changes


def _untyped(node: Any) -> Iterator[tuple[Any, str]]:  # noqa: ANN401  # a document has any shape
    """Yield each mapping whose typed configuration is empty, with the key of that."""
    if isinstance(node, MutableMapping):
        for key in _CONFIGS:
            if key in node and not node[key]:
                yield node, key
    values = node.values() if isinstance(node, MutableMapping) else node
    if isinstance(node, MutableMapping | list):
        for value in values:
            yield from _untyped(value)
