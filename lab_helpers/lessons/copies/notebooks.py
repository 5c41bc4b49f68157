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

    Args:
        notebook: The notebook's JSON.
    """
    cells = [[cell["cell_type"], "".join(cell["source"])] for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def copy_of(notebook: Mapping[str, Any]) -> str:
    """Return a lesson as a new copy of it, as the file's text.

    Args:
        notebook: The lesson's JSON.
    """
    mark = {"copy": secrets.token_hex(8), "of": digest(notebook)}
    metadata = {**notebook.get("metadata", {}), _KEY: mark}
    return json.dumps({**notebook, "metadata": metadata}, indent=1, ensure_ascii=False) + "\n"


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
