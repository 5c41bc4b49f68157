"""Which line of a `%%envoy` cell a line of its file is: the learner sees the cell."""

from __future__ import annotations

import re
from pathlib import Path

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.regions import excerpt, region_names

__all__ = ["in_the_cell"]

_LINE = re.compile(r" at line (?P<yaml>\d+), column \d+| \(line (?P<named>\d+)\)")


def in_the_cell(error: ConfigurationError, file: Path) -> ConfigurationError:
    """Return a refusal that names the line of the cell in place of the file's.

    Args:
        error: The refusal.
        file: The configuration that it is about.

    Returns:
        The same with the cell's line; the refusal itself where it names no line of a marked part.
    """
    match = _LINE.search(error.what)
    number = int(match["yaml"] or match["named"]) if match else 0
    for part in region_names(file.read_text(encoding="utf-8")) if match else ():
        shown = excerpt(file, part)
        if shown.first <= number < shown.first + len(shown.lines):
            # The cell's own first line is the one with %%envoy.
            cell = f"line {number - shown.first + 2} of the cell `%%envoy {file.name} {part}`"
            cell += f": `{shown.lines[number - shown.first].strip()}`"
            what = f"{error.what[: match.start()]} in {cell}" if match and match["yaml"] else ""
            what = what or error.what.replace(match[0] if match else "", f" ({cell})")
            return ConfigurationError(what, quote=error.quote, hint=error.hint)
    return error
