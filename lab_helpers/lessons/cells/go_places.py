"""Where a cell of Go belongs whose first line does not say it: by what it declares.

A kernel loads this by itself, so it imports nothing that takes time.
"""

from __future__ import annotations

import re

from lab_helpers.own_notebook import code_cells

__all__ = ["declaring_cell", "fitting_place"]

_FILE = re.compile(r"(?:.*/)?(?P<file>[\w-]+\.go)")
_DECLARED = re.compile(r"^func\s+(?:\([^)]*\)\s*)?(?P<name>\w+)|^var\s+(?P<var>\w+)", re.MULTILINE)
_FILTER = re.compile(r"%%go\s+(?P<filter>[\w-]+)/")
# As the lessons have them.
_FILES = {
    "OnHttpRequestHeaders": "request.go",
    "OnHttpResponseHeaders": "response.go",
    "OnHttpRequestBody": "body.go",
    "OnHttpResponseBody": "body.go",
    "OnPluginStart": "start.go",
    "OnTick": "tick.go",
    "askForToken": "callout.go",
    "onReply": "reply.go",
    "init": "main.go",
}


def fitting_place(source: str, given: str = "") -> str:
    """Return the filter and the file that a cell of Go is meant for, as far as can be told.

    Args:
        source: The cell's Go.
        given: What stood for the place, such as `response.go`; "" for nothing.
    """
    named = _FILE.fullmatch(given.strip())
    return f"{_filter()}/{named['file'] if named else _file_for(source)}"


def declaring_cell(name: str) -> str:
    """Return the first line of the notebook's cell of Go that declares a name; "" for none.

    Args:
        name: A function, a method, a variable or a type.
    """
    declared = re.compile(
        rf"^func\s+(?:\([^)]*\)\s*)?{re.escape(name)}\b|^(?:var|type|const)\s+{re.escape(name)}\b",
        re.MULTILINE,
    )
    for cell in code_cells():
        head, _, source = cell["source"].partition("\n")
        if _FILTER.match(head) and declared.search(source):
            return str(head).strip()
    return ""


def _file_for(source: str) -> str:
    found = _DECLARED.search(source)
    if not found:
        return "tick.go"
    name = found["name"] or found["var"]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.removeprefix("On")).lower()
    return _FILES.get(name, f"{words}.go")


def _filter() -> str:
    """Return the filter that the notebook's cells write; `mine` where they do not say it."""
    found = (_FILTER.match(cell["source"]) for cell in code_cells())
    return next((one["filter"] for one in found if one), "mine")
