"""A cell of Go or YAML whose first line is not quite `%%go` or `%%envoy`: say what it is to be.

Python would call such a cell a syntax error, as it is no Python. A kernel loads this by itself, so
it imports nothing that takes time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from IPython.core.interactiveshell import InteractiveShell

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.go_places import fitting_place

__all__ = ["register", "right_first_line"]

_OURS = ("go", "envoy")
_COMMENT = re.compile(r"\s*(?:#|//)")
_REFUSED = "lab_first_line"
_RIGHT = re.compile(r"\s*%%(?:go|envoy)(?:\s|$)")
# `%go mine/tick.go`, `% %go …`, `%%Go …`, and with no % at all.
_NEARLY = re.compile(r"\s*(?P<marks>[%\s]*)(?P<name>\w+)(?:\s+(?P<place>.*?))?\s*$")
_PLACE = re.compile(r"[\w-]+/[\w-]+\.go|[\w-]+\.yaml(?:\s+\w+)?")
_GO = re.compile(r"\s*package\s+\w+\s*(?://.*)?$")


def right_first_line(lines: Sequence[str], magics: Sequence[str]) -> str:
    """Return the line that a cell is to begin with; "" where there is nothing to say.

    Args:
        lines: The cell's.
        magics: The magics that there are, which may take a Go file as well.
    """
    written = [line for line in lines if line.strip()]
    code = _code(lines)
    if not code or _RIGHT.match(written[0]):
        return ""
    if _RIGHT.match(code):
        return code.strip()  # below a comment
    if _GO.match(code):
        place = fitting_place("".join(lines))
        return f"%%go {place}"
    nearly = _NEARLY.match(code)
    return _as_it_is_meant(nearly, magics) if nearly else ""


def _code(lines: Sequence[str]) -> str:
    """Return the first line that is neither empty nor a comment, of Python or of Go."""
    return next((line for line in lines if line.strip() and not _COMMENT.match(line)), "")


def _as_it_is_meant(nearly: re.Match[str], magics: Sequence[str]) -> str:
    name, place = nearly["name"].lower(), nearly["place"] or ""
    placed = _PLACE.fullmatch(place) is not None
    if name in _OURS and (placed or "%" in nearly["marks"]):
        return f"%%{name} {place}".strip()
    if placed and "%" in nearly["marks"] and name not in magics:
        return f"%%{'go' if '/' in place else 'envoy'} {place}"
    return ""


def register(shell: InteractiveShell) -> None:
    """Let a notebook say how a cell of Go or YAML begins, where one begins otherwise.

    Args:
        shell: The notebook's.
    """

    def refuse(line: str, cell: str) -> None:
        """Say what the cell's first line is to be."""
        lines = cell.splitlines()
        begins = next(one for one in lines if one.strip()).strip()
        right = f"let its first line be: {line}"
        if _GO.match(_code(lines)):
            right = f"put a line above it that names your filter and the file, such as {line}"
        told = f"This cell begins with `{begins}`, so it is taken for Python: nothing is saved."
        raise ConfigurationError(told, hint=right)

    def look(lines: list[str]) -> list[str]:
        magics = shell.magics_manager.lsmagic()
        right = right_first_line(lines, [*magics["cell"], *magics["line"]])
        return [f"%%{_REFUSED} {right}\n", *lines] if right else lines

    if shell.find_cell_magic(_REFUSED) is None:
        shell.register_magic_function(refuse, magic_kind="cell", magic_name=_REFUSED)  # type: ignore[call-arg, arg-type]  # wrapped
        shell.input_transformers_cleanup.insert(0, look)
