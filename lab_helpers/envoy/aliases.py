"""Give each place of a YAML document a node of its own, where anchors made several share one.

An address that is anchored and used twice must be able to move in one place and stay in the other.
Envoy reads anchors, and leaves out keys with the tag `!ignore`, which hold what is only anchored;
merge keys (`<<`) it does not read, so they are written out here.
"""

from __future__ import annotations

import copy
from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any

from lab_helpers.errors import ConfigurationError
from lab_helpers.late import late

if TYPE_CHECKING:
    from ruamel.yaml import comments, scalarbool, scalarfloat, scalarint, scalarstring
else:
    comments = late("ruamel.yaml.comments")
    scalarbool = late("ruamel.yaml.scalarbool")
    scalarfloat = late("ruamel.yaml.scalarfloat")
    scalarint = late("ruamel.yaml.scalarint")
    scalarstring = late("ruamel.yaml.scalarstring")

__all__ = ["has_merge_keys", "own_nodes"]

# Far more than any configuration has; a few lines of nested aliases can mean billions.
_MOST_NODES = 200_000


def own_nodes(root: MutableMapping[str, Any], source: str) -> MutableMapping[str, Any]:
    """Return a copy in which nothing is shared, with its comments and line numbers.

    Args:
        root: The document; it is not changed.
        source: What to call it in messages.

    Raises:
        ConfigurationError: Its aliases mean more than any configuration has.
    """
    copied: MutableMapping[str, Any] = _Copying(source).of(root)
    return copied


def has_merge_keys(node: object) -> bool:
    """Return whether a document uses merge keys (`<<: *anchor`), which Envoy does not read.

    Args:
        node: A part of a document, as it was read.
    """
    if isinstance(node, comments.CommentedMap):
        return bool(node.merge) or any(has_merge_keys(value) for value in node.values())
    return isinstance(node, list) and any(has_merge_keys(value) for value in node)


class _Copying:
    """One copy, which counts as it goes."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._nodes = 0

    def of(self, node: Any) -> Any:  # noqa: ANN401  # a document holds anything
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise ConfigurationError(
                f"{self._source} means more than {_MOST_NODES:,} values when its aliases are read.",
                hint="write out what you mean, without aliases of aliases",
            )
        if not isinstance(node, dict | list):
            return _without_anchor(node)
        fresh: Any
        if isinstance(node, list):
            fresh = comments.CommentedSeq() if isinstance(node, comments.CommentedSeq) else []
            fresh.extend(self.of(value) for value in node)
        else:
            fresh = comments.CommentedMap() if isinstance(node, comments.CommentedMap) else {}
            for key in node:
                if not _ignored(key):
                    fresh[_without_anchor(key)] = self.of(node[key])
        for kept in ("_yaml_comment", "_yaml_format", "_yaml_line_col"):
            if hasattr(node, kept):
                setattr(fresh, kept, copy.deepcopy(getattr(node, kept)))
        return fresh


def _ignored(key: object) -> bool:
    """Return whether Envoy leaves a key out, and all below it."""
    return isinstance(key, comments.TaggedScalar) and str(key.tag) == "!ignore"


def _without_anchor(value: Any) -> Any:  # noqa: ANN401  # a document holds anything
    """Return a plain value, as it was written but for its anchor."""
    if getattr(value, "anchor", None) is None or value.anchor.value is None:
        return value
    match value:
        case scalarstring.ScalarString():
            return type(value)(str(value))
        case scalarbool.ScalarBoolean():
            return bool(value)
        case scalarint.ScalarInt():
            return int(value)
        case scalarfloat.ScalarFloat():
            return float(value)
        case _:
            return value
