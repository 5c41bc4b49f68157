"""A cluster's name that was changed in one place: which other place still has the old one."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

__all__ = ["UnknownCluster", "unknown_cluster"]

_UNKNOWN = re.compile(r"unknown cluster '(?P<name>[^']+)'")
_CLUSTERS = re.compile(r"^\s*clusters:")
_NAME = re.compile(r"^\s*-\s+name:\s*['\"]?(?P<name>[^\s'\"#]+)")


@dataclasses.dataclass(frozen=True, slots=True)
class UnknownCluster:
    """A cluster that something leads to, and that is not there.

    Attributes:
        name: What it is called where something leads to it.
        file: The file's name.
        lines: The lines that lead to it, from 1.
        text: The first of them, as it stands there.
        there: The clusters that are there, and the line of each one's name.
    """

    name: str
    file: str
    lines: tuple[int, ...]
    text: str
    there: dict[str, int]

    @property
    def sentence(self) -> str:
        """Return which line leads to it, and what the clusters are called."""
        many = "lines" if len(self.lines) > 1 else "line"
        numbers = ", ".join(map(str, self.lines))
        told = f"It is {many} {numbers} of {self.file} that lead to it: `{self.text}`."
        if len(self.lines) == 1:
            told = told.replace("that lead to", "that leads to")
        if self.there:
            named = ", ".join(f"{name} (line {line})" for name, line in self.there.items())
            told += f" Under clusters: there is {named}. Both must have the same name."
        return told


def unknown_cluster(quote: str, file: Path) -> UnknownCluster | None:
    """Return the cluster that Envoy does not know, and the places that have to do with it.

    Args:
        quote: Envoy's words.
        file: The configuration.

    Returns:
        It; None where Envoy says nothing of one, or the file does not show where.
    """
    match = _UNKNOWN.search(quote)
    if match is None:
        return None
    lines = file.read_text(encoding="utf-8").splitlines()
    leads = re.compile(rf"\bcluster:\s*['\"]?{re.escape(match['name'])}(?![\w.-])")
    found = [number for number, line in enumerate(lines, start=1) if leads.search(line)]
    if not found:
        return None
    return UnknownCluster(
        match["name"],
        file.name,
        tuple(found),
        lines[found[0] - 1].strip().removeprefix("- "),
        _clusters(lines),
    )


def _clusters(lines: list[str]) -> dict[str, int]:
    """Return the name of each cluster, and its line: the items below `clusters:`, none deeper."""
    start = next((at for at, line in enumerate(lines) if _CLUSTERS.match(line)), len(lines))
    items = [
        (len(line) - len(line.lstrip()), number, match["name"])
        for number, line in enumerate(lines[start:], start=start + 1)
        if (match := _NAME.match(line))
    ]
    least = min((indent for indent, _, _ in items), default=0)
    return {name: number for indent, number, name in items if indent == least}
