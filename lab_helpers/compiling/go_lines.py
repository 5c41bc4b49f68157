"""Tell the Go line of a place in a module that was compiled with debug information."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from lab_helpers.compiling.dwarf_calls import read_units
from lab_helpers.compiling.modules import Module
from lab_helpers.compiling.wasm_sections import CODE, sections
from lab_helpers.toolchain.source_mounts import source_mounts

__all__ = ["GoLine", "go_line", "own_line"]

_FUNCTION = "func"


@dataclasses.dataclass(frozen=True, slots=True)
class GoLine:
    """A line of a filter's own source.

    Attributes:
        file: The file, as seen from the filter's folder.
        line: The line, from 1.
        text: What stands there; "" where the file cannot be read.
    """

    file: str
    line: int
    text: str = ""

    @property
    def is_exact(self) -> bool:
        """Return whether it is the very line, and not the head of the function that holds it.

        TinyGo has no line for some instructions, an assignment to a map's element for one, and
        names the function's first.
        """
        return not (_FUNCTION in self.text and self.text.endswith("{"))

    @property
    def place(self) -> str:
        """Return where it is, to be read after a comma."""
        return f"at {self}" if self.is_exact else f"in the function that begins at {self}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def go_line(module: Module, offsets: Sequence[int]) -> GoLine | None:
    """Return the line of the filter's own source that a stack of calls goes through, the innermost.

    Args:
        module: The module, with the folder that it was compiled from.
        offsets: Where each call stands in the module's file, the innermost first.

    Returns:
        The line; None where the module has no debug information, or none of it is the filter's own.
    """
    if module.folder is None or not offsets:
        return None
    try:
        content = module.path.read_bytes()
        parts = list(sections(content))
        units = read_units({part.name: part.content for part in parts if part.name})
    except (OSError, ValueError, KeyError, IndexError):
        return None  # no debug information that can be read: then there is no line to tell
    code = next((part.offset for part in parts if part.kind == CODE), 0)
    places = (place for offset in offsets for unit in units for place in unit.places(offset - code))
    return own_line(places, module.folder)


def own_line(places: Iterable[tuple[str, int]], folder: Path) -> GoLine | None:
    """Return the first place that lies in a filter's own folder.

    Args:
        places: Files and lines, as a compiler wrote them.
        folder: The filter's folder.
    """
    roots = [PurePosixPath(folder.resolve().as_posix())]
    # TinyGo's image sees the folder at a place of its own.
    roots.append(PurePosixPath(source_mounts(folder)[0]))
    for file, line in places:
        for root in roots:
            path = PurePosixPath(file)
            if line and path.is_relative_to(root):
                inner = path.relative_to(root)
                return GoLine(str(inner), line, _text(folder / inner, line))
    return None


def _text(file: Path, line: int) -> str:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return lines[line - 1].strip() if line <= len(lines) else ""
