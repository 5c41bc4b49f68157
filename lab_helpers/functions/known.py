"""The list of the SDK's functions as it is kept, and what is found in it."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab_helpers.functions.measured import Measured

__all__ = ["Function", "Functions", "known_functions", "list_file", "measured_file"]

# What the SDK says of where a function may be called; the rest says what it does.
_ABOUT_PLACES = re.compile(
    r"\b(?:available|during|called|must|cannot use|outside|can be used)\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


@dataclasses.dataclass(frozen=True, slots=True)
class Function:
    """Something of the SDK that a filter's Go may name.

    Attributes:
        package: The SDK's package: `proxywasm`, `types` or `properties`.
        kind: `callback`, `call`, `method`, `type`, `constant` or `variable`.
        context: The interface or the type that it belongs to, such as `HttpContext`; "" for none.
        name: Such as `OnHttpResponseHeaders`.
        signature: Its parameters and results, or its type, as Go writes them.
        doc: What the SDK says of it.
        files: The lab's files that have the callback or make the call, from `filter/`.
        lessons: The notebooks of the lessons whose cells or solutions name it.
        measured: Where Envoy takes it; None where that was not measured.
    """

    package: str
    kind: str
    context: str
    name: str
    signature: str
    doc: str
    files: tuple[str, ...]
    lessons: tuple[str, ...]
    measured: Measured | None = None

    @property
    def go(self) -> str:
        """Return it as a line of Go."""
        if self.kind in ("callback", "method"):
            return f"({self.context}) {self.name}{self.signature}"
        gap = "" if self.kind == "call" else " "
        return f"{self.package}.{self.name}{gap}{self.signature}"

    @property
    def words(self) -> str:
        """Return what the SDK says of it, without its examples and addresses."""
        paragraphs = [" ".join(one.split()) for one in self.doc.split("\n\n") if one[:1] != "\t"]
        kept = [one for one in _sentences(" ".join(paragraphs)) if "http" not in one]
        return " ".join(kept)

    @property
    def does(self) -> str:
        """Return the SDK's first sentence of it."""
        return next(iter(_sentences(self.words)), "")

    @property
    def where(self) -> str:
        """Return the SDK's own sentences on where it may be called, or when it is; "" for none."""
        return " ".join(one for one in _sentences(self.words) if _ABOUT_PLACES.search(one))

    @property
    def used(self) -> str:
        """Return who uses it: the lab's filters, and lessons."""
        filters = dict.fromkeys(f"filter/{file.partition('/')[0]}" for file in self.files)
        return ", ".join([*filters, *(f"lesson {name[:2]}" for name in self.lessons)])


@dataclasses.dataclass(frozen=True, slots=True)
class Functions:
    """What an SDK has.

    Attributes:
        version: The SDK's version.
        envoy: The version of the Envoy that was measured.
        all: Everything, in the order of the SDK's source.
    """

    version: str
    envoy: str
    all: tuple[Function, ...]

    def callable(self) -> tuple[Function, ...]:
        """Return the callbacks and the calls, without types and values."""
        return tuple(one for one in self.all if one.kind in ("callback", "call", "method"))

    def about(self, text: str) -> tuple[Function, ...]:
        """Return the callbacks and calls that have each word of a text in their name or words.

        Args:
            text: The words, whatever their case; "" for all.

        Returns:
            Those that have them in their name first.
        """
        words = text.casefold().replace(".", " ").split()
        named = [
            one
            for one in self.callable()
            if all(word in f"{one.package} {one.context} {one.name}".casefold() for word in words)
        ]
        told = [
            one
            for one in self.callable()
            if one not in named
            and all(
                word in f"{one.package} {one.context} {one.name} {one.doc}".casefold()
                for word in words
            )
        ]
        return (*named, *told)


@functools.cache
def known_functions() -> Functions:
    """Return the list as it is kept."""
    kept = json.loads(list_file().read_text(encoding="utf-8"))
    measured = json.loads(measured_file().read_text(encoding="utf-8"))
    found = [_function(one, measured["calls"]) for one in kept["functions"]]
    return Functions(kept["version"], measured["envoy"], tuple(found))


def list_file() -> Path:
    """Return the file that holds the list."""
    return Path(__file__).with_name("functions.json")


def measured_file() -> Path:
    """Return the file that holds what was measured in Envoy."""
    return Path(__file__).with_name("measured.json")


def _function(kept: Mapping[str, Any], measured: Mapping[str, Mapping[str, str]]) -> Function:
    said = measured.get(kept["name"]) if kept["package"] == "proxywasm" else None
    lists = {"files": tuple(kept["files"]), "lessons": tuple(kept["lessons"])}
    return Function(**{**kept, **lists}, measured=Measured(said) if said else None)


def _sentences(text: str) -> list[str]:
    return [one for one in _SENTENCE_END.split(text) if one]
