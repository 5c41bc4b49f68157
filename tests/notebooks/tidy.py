"""Tidy the lessons: `python -m tests.notebooks.tidy [FILE…]`.

No outputs, plain ids and metadata, and each stub as its solution's file says. Run it after editing
a notebook or a solution, in JupyterLab or elsewhere.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lab_helpers.folders import repository_folder
from book.execution import read_notebook, tidied, write_notebook

__all__ = ["tidy"]


def tidy(file: Path) -> bool:
    """Tidy a notebook in its place; return whether anything changed."""
    before = file.read_text(encoding="utf-8")
    write_notebook(tidied(read_notebook(file)), file)
    return file.read_text(encoding="utf-8") != before


if __name__ == "__main__":
    wanted = [Path(name) for name in sys.argv[1:]]
    for notebook in wanted or sorted((repository_folder() / "notebooks").glob("*.ipynb")):
        if tidy(notebook):
            sys.stdout.write(f"tidied {notebook.name}\n")
