"""Make the list of functions, and the page of them, from the SDK that `filter/go.mod` pins.

    python -m lab_helpers.functions.making

A test makes both anew, and compares.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab_helpers.folders import repository_folder
from lab_helpers.functions.known import known_functions, list_file
from lab_helpers.functions.page import functions_page
from lab_helpers.go_helper.asking import ask_go_helper

__all__ = ["list_text", "page_file", "page_text"]

_LESSON = re.compile(r"(\d\d)_[a-z0-9_]+\.ipynb")


def list_text() -> str:
    """Return the list, as its file holds it.

    Raises:
        ToolchainError: There is no Go, or no SDK.
    """
    answer: dict[str, Any] = ask_go_helper("functions", str(repository_folder() / "filter"))
    code = _code_of_lessons()
    functions = [_kept(one, code) for one in answer["functions"]]
    return _json({"version": answer["version"], "functions": functions})


def page_text() -> str:
    """Return the page, as a notebook's file."""
    cells = [
        {"cell_type": "markdown", "id": f"cell-{number:02}", "metadata": {}, "source": _lines(text)}
        for number, text in enumerate(functions_page(known_functions()))
    ]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return _json({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def page_file() -> Path:
    """Return the page's file."""
    return repository_folder() / "notebooks" / "functions.ipynb"


def _kept(one: Mapping[str, Any], code: Mapping[str, str]) -> dict[str, Any]:
    kept = {key: one[key] for key in ("package", "kind", "context", "name", "signature", "doc")}
    named = re.compile(rf"\b{one['name']}\b")
    # A method's short name, such as Add, may stand for anything.
    sure = one["kind"] in ("callback", "call") and one["package"] != "properties"
    lessons = [lesson for lesson, text in code.items() if sure and named.search(text)]
    return {**kept, "files": one["files"], "lessons": lessons}


def _code_of_lessons() -> dict[str, str]:
    """Return what stands in the cells and the solutions of each lesson, by its notebook's name."""
    notebooks = repository_folder() / "notebooks"
    found = {}
    for file in sorted(notebooks.glob("*.ipynb")):
        if match := _LESSON.fullmatch(file.name):
            cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
            texts = ["".join(cell["source"]) for cell in cells]
            solutions = sorted(notebooks.glob(f"solutions/{match[1]}-*.go"))
            texts += [solution.read_text(encoding="utf-8") for solution in solutions]
            found[file.name] = "\n".join(texts)
    return found


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _json(value: object) -> str:
    return f"{json.dumps(value, indent=1, ensure_ascii=False)}\n"


if __name__ == "__main__":
    list_file().write_text(list_text(), encoding="utf-8")
    known_functions.cache_clear()
    page_file().write_text(page_text(), encoding="utf-8")
    sys.stdout.write(f"{list_file().name} and {page_file().name} are written\n")
