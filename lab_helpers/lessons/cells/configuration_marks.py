"""Which line of a part of a configuration is marked, and with which of Envoy's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.cluster_names import UnknownCluster
from lab_helpers.lessons.cells.regions import Excerpt

__all__ = ["is_yaml_error", "marks"]

# The words that Envoy quotes: a field it does not know, a cluster that is not there.
_FIELD = re.compile(r"@ [^\s:]*?(?P<field>\w+)(?:\[\d+\])?: (?P<said>.+)")
_QUOTED = re.compile(r"'([^'\n]+)'")
_YAML_LINE = re.compile(r"is not valid YAML at line (\d+),")
# The lab's own refusals name the line of the file: `port_value (line 12) of mine.yaml is no …`.
_PLACE = re.compile(r"\(line (?P<line>\d+)\) of \S+ (?P<said>.+)")


def is_yaml_error(error: ConfigurationError) -> bool:
    """Return whether the text is no YAML at all."""
    return _YAML_LINE.search(error.what) is not None


def marks(
    error: ConfigurationError, shown: Excerpt, lines: Sequence[str], unknown: UnknownCluster | None
) -> Mapping[int, str]:
    """Return the lines of a part that a refusal is about, with what is said of each.

    Args:
        error: The refusal.
        shown: The part, as it stands in the file.
        lines: Its lines, as they are shown.
        unknown: The cluster that Envoy does not know, if it is that.
    """
    if unknown is not None:
        return _cluster_places(unknown, shown)
    return (
        _yaml_place(error, shown)
        or _named_place(error, shown)
        or _places(error.quote, lines)
        or _field_place(error.quote, lines)
    )


def _cluster_places(unknown: UnknownCluster, shown: Excerpt) -> Mapping[int, str]:
    """Return the lines that lead to the cluster; where none is shown, the clusters' own names."""
    inside = range(shown.first, shown.first + len(shown.lines))
    leading = [line for line in unknown.lines if line in inside]
    if leading:
        said = f"Envoy says: unknown cluster '{unknown.name}'"
        return {line - shown.first + 1: said for line in leading}
    other = f"line {unknown.lines[0]} still leads to '{unknown.name}': `{unknown.text}`"
    return {line - shown.first + 1: other for line in unknown.there.values() if line in inside}


def _yaml_place(error: ConfigurationError, shown: Excerpt) -> Mapping[int, str]:
    """Return the line of the part that is no YAML, if the error names one of the part's."""
    match = _YAML_LINE.search(error.what)
    number = int(match[1]) - shown.first + 1 if match else 0
    return {number: error.quote} if 1 <= number <= len(shown.lines) else {}


def _named_place(error: ConfigurationError, shown: Excerpt) -> Mapping[int, str]:
    """Return the line that the lab itself names, if it is one of the part's."""
    match = _PLACE.search(error.what)
    number = int(match["line"]) - shown.first + 1 if match else 0
    if match is None or not 1 <= number <= len(shown.lines):
        return {}
    return {number: f"{error.quote} {match['said']}".strip()}


def _places(quote: str, lines: Sequence[str]) -> Mapping[int, str]:
    """Return the line that holds the last word which Envoy quotes, with what it says of it."""
    for word in reversed(_QUOTED.findall(quote)):
        whole = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        number = _only_line(whole, lines)
        if number:
            told = quote[: quote.rindex(f"'{word}'")]
            # `…: no such field: 'x'`: the last words before it.
            reason = told.rstrip(": ").rpartition(": ")[2]
            gap = told[len(told.rstrip(": ")) :]
            return {number: f"Envoy says: {_lowered(reason.strip())}{gap}'{word}'"}
    return {}


def _field_place(quote: str, lines: Sequence[str]) -> Mapping[int, str]:
    """Return the line of the field whose value Envoy cannot read, with what it says of it."""
    match = _FIELD.search(quote)
    if match is None:
        return {}
    number = _only_line(re.compile(rf"(?<![\w-]){re.escape(match['field'])}:"), lines)
    return {number: f"Envoy says: {match['said']}"} if number else {}


def _only_line(pattern: re.Pattern[str], lines: Sequence[str]) -> int:
    """Return the number of the one line that matches; 0 where none does, or several."""
    found = [number for number, line in enumerate(lines, start=1) if pattern.search(line)]
    return found[0] if len(found) == 1 else 0


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:] if not text.startswith("Envoy") else text
