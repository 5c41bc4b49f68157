"""The notebook that this kernel was started for, as it was last saved.

Each kernel of the lab's environment loads this by itself, so it imports nothing that takes time.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

__all__ = ["code_cells", "own_notebook"]


def own_notebook() -> Path:
    """Return the notebook's file, as Jupyter's server says; `Path("")` where it says none."""
    return Path(os.environ.get("JPY_SESSION_NAME", ""))


def code_cells() -> list[dict[str, Any]]:
    """Return the notebook's cells of code, the source of each as one text.

    Returns:
        None of them where this is no kernel of a notebook, or its file cannot be read as one.
    """
    notebook = own_notebook()
    if notebook.suffix != ".ipynb" or not notebook.is_file():
        return []
    try:
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        return [
            {**cell, "source": "".join(cell["source"]), "metadata": dict(cell.get("metadata", {}))}
            for cell in cells
            if cell["cell_type"] == "code"
        ]
    except (ValueError, KeyError, TypeError):
        return []  # whatever it holds, it tells nothing
