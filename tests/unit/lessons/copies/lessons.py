"""Copies for the tests: of an earlier lesson, and with something of a person's in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.copies.notebooks import copy_of

LESSON = repository_folder() / "notebooks" / "02_write_the_filter.ipynb"


def read(file: Path) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return notebook


def with_text(notebook: dict[str, Any], text: str) -> dict[str, Any]:
    """A notebook with one cell more."""
    cell = {"cell_type": "raw", "id": "mine", "metadata": {}, "source": [text]}
    return {**notebook, "cells": [*notebook["cells"], cell]}


def write_in(copy: Path, text: str) -> None:
    """Write something in a copy, as JupyterLab saves it."""
    copy.write_text(json.dumps(with_text(read(copy), text)), encoding="utf-8")


def texts(folder: Path) -> set[str]:
    """What was written in the copies of lesson 02, kept ones as well; "" for nothing."""
    lasts = [read(file)["cells"][-1] for file in folder.glob("*02*.ipynb")]
    return {"".join(cell["source"]) if cell["cell_type"] == "raw" else "" for cell in lasts}


def earlier_copy(folder: Path) -> Path:
    """A copy that was made of an earlier lesson 02."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / LESSON.name
    copy.write_text(copy_of(with_text(read(LESSON), "as it was")), encoding="utf-8")
    return copy
