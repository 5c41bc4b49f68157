"""Find the marked parts of a file: `// lesson: NAME` to `// lesson: end`, in YAML with `#`."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from lab_helpers.errors import ConfigurationError

__all__ = ["Excerpt", "excerpt", "marked_lines", "region_names"]

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
    """Return a marked part of a file; without a name, the whole file.

    Args:
        file: The file.
        region: The part's name.

    Raises:
        ConfigurationError: The file has no such part, or it has no end.
    """
    source = file.read_text(encoding="utf-8")
    lines = source.splitlines()
    part = range(len(lines)) if region is None else marked_lines(source, region, file.name)
    skipped, kept = _trimmed(lines[part.start : part.stop])
    return Excerpt(file, part.start + skipped + 1, kept)


def marked_lines(source: str, region: str, name: str) -> range:
    """Return which lines stand between a part's marks, counted from 0.

    Args:
        source: The file's text.
        region: The part's name.
        name: The file's name, for the message.

    Raises:
        ConfigurationError: There is no such part, or it has no end before the next one begins.
    """
    lines = source.splitlines()
    begins = [at for at, line in enumerate(lines) if (m := _BEGIN.match(line)) and m[1] == region]
    if not begins:
        names = region_names(source)
        raise ConfigurationError(
            f"{name} has no part that is marked {region!r}.",
            hint=f"one of: {', '.join(names)}" if names else "it has none: show the whole file",
        )
    first = begins[0] + 1
    for at in range(first, len(lines)):
        if _END.match(lines[at]):
            return range(first, at)
        if _BEGIN.match(lines[at]):
            break
    comment = lines[first - 1].split()[0]
    raise ConfigurationError(
        f"The part {region!r} of {name} has no end.",
        hint=f"write `{comment} lesson: end` below its last line",
    )


def _trimmed(lines: list[str]) -> tuple[int, tuple[str, ...]]:
    """Return how many empty lines come first, and the lines without those and the last ones."""
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    skipped = next((at for at, line in enumerate(kept) if line.strip()), 0)
    return skipped, tuple(kept[skipped:])
