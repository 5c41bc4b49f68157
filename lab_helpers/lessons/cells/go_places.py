"""Where a cell of Go belongs whose first line does not say it: by what it declares.

A kernel loads this by itself, so it imports nothing that takes time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["fitting_place"]

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


def _file_for(source: str) -> str:
    found = _DECLARED.search(source)
    if not found:
        return "tick.go"
    name = found["name"] or found["var"]
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.removeprefix("On")).lower()
    return _FILES.get(name, f"{words}.go")


def _filter() -> str:
    """Return the filter that the notebook's other cells write; `mine` where they do not say it."""
    notebook = Path(os.environ.get("JPY_SESSION_NAME", ""))
    if notebook.suffix == ".ipynb" and notebook.is_file():
        found = _FILTER.search(notebook.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found["filter"]
    return "mine"
