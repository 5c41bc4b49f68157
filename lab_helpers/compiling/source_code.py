"""Go source without its texts and comments, and what it imports: what a look for words needs."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

__all__ = ["Import", "code_alone", "filter_sources", "imports_of"]

_TEXT_OR_COMMENT = re.compile(
    r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|' + r"'(?:[^'\\\n]|\\.)*'" + r"|//[^\n]*|/\*.*?\*/", re.DOTALL
)
_IMPORTS = re.compile(
    r"^import\s*(?:\((?P<many>.*?)^\s*\)|(?P<one>[^\n]*))", re.MULTILINE | re.DOTALL
)
_PATH = re.compile(r'["`](?P<path>[^"`\n]+)["`]')


@dataclasses.dataclass(frozen=True, slots=True)
class Import:
    """An import of a filter.

    Attributes:
        path: What is imported.
        file: The file's name.
        line: The line, from 1.
        column: The column of the path's quote, from 1.
    """

    path: str
    file: str
    line: int
    column: int


def code_alone(source: str) -> str:
    """Return Go source with blanks in place of texts and comments; its lines stay.

    Args:
        source: The Go.
    """
    return _TEXT_OR_COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)


def filter_sources(folder: Path) -> dict[str, str]:
    """Return a filter's Go by file name, without its tests.

    Args:
        folder: The filter's folder.
    """
    return {
        file.name: file.read_text(encoding="utf-8", errors="replace")
        for file in sorted(folder.glob("*.go"))
        if not file.name.endswith("_test.go")
    }


def imports_of(folder: Path) -> tuple[Import, ...]:
    """Return what a filter's own files import.

    Args:
        folder: The filter's folder.
    """
    found = []
    for name, source in filter_sources(folder).items():
        for block in _IMPORTS.finditer(source):
            for path in _PATH.finditer(source, block.start(), block.end()):
                line = source.count("\n", 0, path.start()) + 1
                column = path.start() - source.rfind("\n", 0, path.start())
                found.append(Import(path["path"], name, line, column))
    return tuple(found)
