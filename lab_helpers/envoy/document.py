"""Look into a parsed document, whatever shape it has, and say where in the file it stands."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Any

from lab_helpers.envoy.spelling import camel_case, field, snake_case
from lab_helpers.errors import ConfigurationError
from lab_helpers.late import late

if TYPE_CHECKING:
    import ruamel.yaml as ruamel_yaml
    from ruamel.yaml import YAML
else:
    ruamel_yaml = late("ruamel.yaml")

__all__ = ["Document", "Way", "check_spelling", "fields_of", "mappings_at", "walk", "yaml_format"]

Way = tuple[str | int, ...]

# What stands below is data of whoever wrote it, and no message of Envoy's.
_DATA_FIELDS = ("metadata", "filter_metadata", "typed_filter_metadata")
_DATA_TYPES = ("google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.StringValue")


@dataclasses.dataclass(frozen=True, slots=True)
class Document:
    """A parsed configuration, and what to call it.

    Attributes:
        root: Its outermost mapping.
        source: What to call it in messages.
    """

    root: MutableMapping[str, Any]
    source: str

    def place(self, way: Way) -> str:
        """Return where something stands, in the file's own spelling, with its line if it is known.

        Args:
            way: The keys and indices to it, from the outside in.
        """
        line = self.line(way)
        said = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in way)
        return said.removeprefix(".") + (f" (line {line})" if line else "")

    def line(self, way: Way) -> int:
        """Return the line of the file, from 1; 0 where it is not known.

        Args:
            way: The keys and indices to it, from the outside in.
        """
        node: Any = self.root
        line = 0
        for step in way:
            position = getattr(node, "lc", None)
            known = getattr(position, "data", None) or {}
            if step in known:
                line = known[step][0] + 1
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                break
        return line

    def refusal(self, way: Way, what: str, *, quote: str = "", hint: str) -> ConfigurationError:
        """Return the error that names a place.

        Args:
            way: The keys and indices to it, from the outside in.
            what: What is the matter, as it goes on behind "PLACE of FILE".
            quote: What stands there.
            hint: One thing to try.
        """
        said = f"{self.place(way)} of {self.source} {what}"
        return ConfigurationError(said, quote=quote, hint=hint)


def mappings_at(node: object, *names: str) -> list[MutableMapping[str, Any]]:
    """Return the mappings in the list below the fields; none where the document has another shape.

    Args:
        node: A part of a document.
        *names: The fields, from the outside in.
    """
    found = field(node, *names)
    values = found if isinstance(found, list) else ()
    return [value for value in values if isinstance(value, MutableMapping)]


def walk(node: object, way: Way = ()) -> Iterator[tuple[Way, MutableMapping[str, Any]]]:
    """Yield each message below, and the way to it; what is a person's own data is passed over.

    Args:
        node: A part of a document.
        way: The way to it.
    """
    if isinstance(node, MutableMapping):
        yield way, node
        if str(node.get("@type", "")).endswith(_DATA_TYPES):
            return
        for key, value in node.items():
            if snake_case(str(key)) not in _DATA_FIELDS:
                yield from walk(value, (*way, key))
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from walk(value, (*way, number))


def check_spelling(document: Document) -> None:
    """Make sure that no field stands in both spellings: which one Envoy takes, nobody can tell.

    Args:
        document: The configuration.

    Raises:
        ConfigurationError: One does.
    """
    for way, node in walk(document.root):
        for key in node:
            other = camel_case(str(key))
            if other != key and other in node:
                raise document.refusal(
                    (*way, other),
                    f"stands there as {key} as well, which is the same field.",
                    hint="keep one of the two",
                )


def fields_of(way: Way) -> tuple[str, ...]:
    """Return the names of the fields on a way, as Envoy's documentation spells them.

    Args:
        way: The keys and indices.
    """
    return tuple(snake_case(step) for step in way if isinstance(step, str))


def yaml_format() -> YAML:
    """Return a reader and writer that keeps comments, order and quotes."""
    yaml = ruamel_yaml.YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml
