"""Run a notebook as a person would, with or without the solutions in."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import nbclient
import nbformat

from lab_helpers.lessons.exercises.shelf import exercise_of
from lab_helpers.lessons.exercises.solutions import solution_cell, stub_cell

__all__ = ["executed", "executed_twice", "read_notebook", "tidied", "write_notebook"]

_CELL_TIMEOUT_S = 180
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def read_notebook(file: Path) -> nbformat.NotebookNode:
    """Read a notebook, and make sure that it is a valid one.

    Args:
        file: The notebook.
    """
    notebook: nbformat.NotebookNode = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    return notebook


def write_notebook(notebook: nbformat.NotebookNode, file: Path) -> None:
    """Write a notebook; its folder is made when missing.

    Args:
        notebook: The notebook.
        file: Where.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{nbformat.writes(notebook).rstrip()}\n", encoding="utf-8")


def executed(
    notebook: nbformat.NotebookNode, folder: Path, *, solved: bool = True
) -> nbformat.NotebookNode:
    """Return a copy that was run, by "Run all" in a kernel of its own.

    Args:
        notebook: The notebook as it is kept.
        folder: The folder that its kernel works in: the notebook's own.
        solved: Whether the solutions stand in place of the stubs.

    Returns:
        The copy, with its outputs, as a viewer without a kernel can show it.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    copied = _filled(notebook, solved=solved)
    client = _client(copied, folder)
    with client.setup_kernel():
        _run_all(client)
    return _without_widgets(copied)


def executed_twice(
    notebook: nbformat.NotebookNode, folder: Path, between: Callable[[], None]
) -> tuple[nbformat.NotebookNode, nbformat.NotebookNode]:
    """Return two copies that one kernel ran: first as it is kept, then with the solutions.

    Args:
        notebook: The notebook as it is kept.
        folder: The folder that its kernel works in: the notebook's own.
        between: Called after the first run.

    Raises:
        nbclient.exceptions.CellExecutionError: A cell failed.
    """
    copied = _filled(notebook, solved=False)
    client = _client(copied, folder)
    with client.setup_kernel():
        _run_all(client)
        first = _without_widgets(copy.deepcopy(copied))
        between()
        for cell, solution in zip(copied.cells, _filled(notebook, solved=True).cells, strict=True):
            cell.source = solution.source
        _run_all(client)
    return first, _without_widgets(copied)


def tidied(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return a copy as a notebook is kept: no outputs, stubs from their solutions, plain ids.

    Args:
        notebook: The notebook, as an editor left it.
    """
    kept = copy.deepcopy(notebook)
    kept.nbformat, kept.nbformat_minor = 4, 5
    # Without the language's version, which differs from one machine to the next.
    kept.metadata = _node({"kernelspec": _KERNEL, "language_info": {"name": "python"}})
    for number, cell in enumerate(kept.cells):
        tags = cell.metadata.get("tags", [])
        cell.metadata = _node({"tags": tags} if tags else {})
        cell.id = f"cell-{number:02}"
        cell.source = cell.source.strip("\n")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            if exercise_of(cell):
                cell.source = stub_cell(exercise_of(cell))
    return kept


def _filled(notebook: nbformat.NotebookNode, *, solved: bool) -> nbformat.NotebookNode:
    copied = copy.deepcopy(notebook)
    for cell in copied.cells:
        if solved and exercise_of(cell):
            cell.source = solution_cell(exercise_of(cell))
    return copied


def _client(notebook: nbformat.NotebookNode, folder: Path) -> nbclient.NotebookClient:
    return nbclient.NotebookClient(
        notebook,
        timeout=_CELL_TIMEOUT_S,
        kernel_name=_KERNEL["name"],
        resources={"metadata": {"path": str(folder)}},
        # It would warn that its ports on 127.0.0.1 are open to whoever shares the machine: once for
        # each lesson, among the lines that a person reads.
        extra_arguments=["--IPKernelApp.log_level=40"],
    )


def _run_all(client: nbclient.NotebookClient) -> None:
    for number, cell in enumerate(client.nb.cells):
        client.execute_cell(cell, number)


def _without_widgets(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Drop the widgets' state: without a kernel a viewer shows the picture that stands beside."""
    notebook.metadata.pop("widgets", None)
    return notebook


def _node(values: dict[str, object]) -> nbformat.NotebookNode:
    node: nbformat.NotebookNode = nbformat.from_dict(values)
    return node
