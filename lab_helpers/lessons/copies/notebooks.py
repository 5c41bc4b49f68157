"""A notebook as the copies see it: what of it a person may have changed, and which copy it is.

Each copy holds in its metadata what it was made of and a name of its own, so that a page that was
opened before a lesson was begun anew can be told from one that was opened after.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from lab_helpers.errors import LabError

__all__ = ["copy_name", "copy_of", "digest", "holds_results", "made_of", "parsed"]

_KEY = "envoy_wasm_lab"
# Lessons lie in notebooks/, and their copies in work/lessons/.
_LESSONS_LINK, _COPYS_LINK = "](../", "](../../"


def parsed(text: str, place: str) -> dict[str, Any]:
    """Return a notebook's JSON.

    Args:
        text: The file's text.
        place: The file, for what is said of it.

    Raises:
        LabError: It is no notebook.
    """
    try:
        notebook = json.loads(text)
        digest(notebook)
    except (ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"{place} is no notebook.",
            quote=repr(error),
            hint="rename it, and open the lesson anew",
        ) from error
    return dict(notebook)


def digest(notebook: Mapping[str, Any]) -> str:
    """Return what stands for a notebook's cells: their kinds and texts, and no results.

    A copy has the same as its lesson, though its links begin further down.

    Args:
        notebook: The notebook's JSON.
    """
    cells = [
        [cell["cell_type"], _linked(cell, _COPYS_LINK, _LESSONS_LINK)] for cell in notebook["cells"]
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def copy_of(notebook: Mapping[str, Any]) -> str:
    """Return a lesson as a new copy of it, as the file's text.

    Args:
        notebook: The lesson's JSON.
    """
    mark = {"copy": secrets.token_hex(8), "of": digest(notebook)}
    metadata = {**notebook.get("metadata", {}), _KEY: mark}
    cells = [
        {**cell, "source": _linked(cell, _LESSONS_LINK, _COPYS_LINK).splitlines(keepends=True)}
        for cell in notebook["cells"]
    ]
    copy = {**notebook, "cells": cells, "metadata": metadata}
    return json.dumps(copy, indent=1, ensure_ascii=False) + "\n"


def copy_name(notebook: Mapping[str, Any]) -> str:
    """Return which copy a notebook is; "" where it is none.

    Args:
        notebook: Its JSON.
    """
    return _mark(notebook, "copy")


def made_of(notebook: Mapping[str, Any]) -> str:
    """Return the digest of the lesson that a copy was made of; "" where it is none.

    Args:
        notebook: Its JSON.
    """
    return _mark(notebook, "of")


def holds_results(notebook: Mapping[str, Any]) -> bool:
    """Return whether any cell was run.

    Args:
        notebook: Its JSON.
    """
    return any(cell.get("outputs") or cell.get("execution_count") for cell in notebook["cells"])


def _mark(notebook: Mapping[str, Any], field: str) -> str:
    mark = notebook.get("metadata", {}).get(_KEY, {})
    found = mark.get(field, "") if isinstance(mark, Mapping) else ""
    return found if isinstance(found, str) else ""


def _linked(cell: Mapping[str, Any], old: str, new: str) -> str:
    """Return a cell's text; where it is to be read, with links that begin elsewhere."""
    text = "".join(cell["source"])
    return text.replace(old, new) if cell["cell_type"] == "markdown" else text
