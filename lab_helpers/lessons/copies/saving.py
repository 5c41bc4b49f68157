"""A page that is saved over a copy that was begun anew since: what stood there is kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab_helpers.lessons.copies.folder import copies_locked, is_untouched, keep_aside, original_of
from lab_helpers.lessons.copies.notebooks import copy_name, parsed

__all__ = ["keep_what_is_newer"]


def keep_what_is_newer(copy: Path, incoming: Mapping[str, Any]) -> Path | None:
    """Keep a lesson's copy beside it, if the page that is about to be saved is of an earlier one.

    JupyterLab asks a person first, and they chose "Overwrite". A copy that nobody has changed or
    run is not kept: the lesson gives it again.

    Args:
        copy: The copy's file; any other is none of the lessons.
        incoming: The page, as a notebook's JSON.

    Returns:
        Where it is kept; None where nothing would be lost.

    Raises:
        LabError: It cannot be kept.
    """
    if original_of(copy) is None or not copy.is_file():
        return None
    with copies_locked():
        held = copy.read_bytes()
        there = parsed(held.decode(), str(copy))
        if copy_name(there) == copy_name(incoming) or is_untouched(copy):
            return None
        return keep_aside(copy, held)
