"""The way from the notebook that runs to a file of the lab's, or of one's own."""

from __future__ import annotations

import os
from pathlib import Path

from lab_helpers.folders import repository_folder, work_folder

__all__ = ["link_to"]

# Jupyter's server says here which notebook a kernel was started for; elsewhere a kernel begins in
# the notebook's folder.
_NOTEBOOK = "JPY_SESSION_NAME"


def link_to(file: Path) -> str:
    """Return the way from a notebook to a file, which JupyterLab opens in its editor.

    A lesson is worked in as `work/lessons/…`, also where the work folder lies elsewhere. The book
    is made of those in `notebooks/`.

    Args:
        file: The file.

    Returns:
        The way; "" where there is none.
    """
    named = os.environ.get(_NOTEBOOK)
    here = Path(named).parent if named else Path.cwd()
    work, root = work_folder(), repository_folder()
    if here.resolve() == work / "lessons":
        if file.is_relative_to(work):
            return f"../{file.relative_to(work).as_posix()}"
        up = "../.."
    else:
        up = ".."
    return f"{up}/{file.relative_to(root).as_posix()}" if file.is_relative_to(root) else ""
