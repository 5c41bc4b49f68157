"""Find the marked parts of a file: `// lesson: NAME` to `// lesson: end`, in YAML with `#`."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from lab_helpers.errors import ConfigurationError

__all__ = ["Excerpt", "excerpt", "region_names"]

_BEGIN = re.compile(r"^\s*(?://|#) lesson: (?!end$)(\S+)$")
_END = re.compile(r"^\s*(?://|#) lesson: end$")


@dataclasses.dataclass(frozen=True, slots=True)
class Excerpt:
    """Some lines of a file.

    Attributes:
        file: The file.
        first: The number of the first line, from 1.
        lines: The lines.
    """

    file: Path
    first: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the lines as one text."""
        return "\n".join(self.lines)


def region_names(source: str) -> tuple[str, ...]:
    """Return the names of the marked parts, in their order.

    Args:
        source: The file's text.
    """
    found = (_BEGIN.match(line) for line in source.splitlines())
    return tuple(match[1] for match in found if match)


def excerpt(file: Path, region: str | None = None) -> Excerpt:
    """Return a marked part of a file; without a name, the whole file without its marks.

    Args:
        file: The file.
        region: The part's name.

    Raises:
        ConfigurationError: The file has no such part.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    if region is None:
        return Excerpt(file, 1, _trimmed(lines)[1])
    for number, line in enumerate(lines):
        begin = _BEGIN.match(line)
        if begin and begin[1] == region:
            rest = lines[number + 1 :]
            end = next((at for at, text in enumerate(rest) if _END.match(text)), len(rest))
            skipped, kept = _trimmed(rest[:end])
            return Excerpt(file, number + 2 + skipped, kept)
    names = region_names("\n".join(lines))
    raise ConfigurationError(
        f"{file.name} has no part that is marked {region!r}.",
        hint=f"one of: {', '.join(names)}" if names else "it has none: show the whole file",
    )


def _trimmed(lines: list[str]) -> tuple[int, tuple[str, ...]]:
    """Return how many empty lines come first, and the lines without those and the last ones."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    skipped = next((at for at, line in enumerate(kept) if line.strip()), 0)
    return skipped, tuple(kept[skipped:])
