"""Notebooks in a real kernel: with the stubs or the solutions, and a cell that fails."""

from __future__ import annotations

from pathlib import Path

import nbclient
import nbformat
import pytest

from book.execution import executed

NEW = nbformat.v4


def small(*sources: str) -> nbformat.NotebookNode:
    stub = NEW.new_code_cell("workers = ...", metadata={"tags": ["exercise-05-workers"]})
    cells = [stub, *(NEW.new_code_cell(source) for source in sources)]
    notebook: nbformat.NotebookNode = NEW.new_notebook(
        cells=cells, metadata={"widgets": {"state": {}}}
    )
    return notebook


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    return [output.text for cell in notebook.cells for output in cell.get("outputs", ())]


@pytest.mark.parametrize(("solved", "shown"), [(True, "5"), (False, "Ellipsis")])
def test_the_solutions_stand_in_the_stubs_place_or_do_not(
    work: Path, tmp_path: Path, nothing_left: None, *, solved: bool, shown: str
) -> None:
    kept = small("import os; print(workers, os.getcwd())")
    ran = executed(kept, tmp_path, solved=solved)
    assert texts(ran) == [f"{shown} {tmp_path}\n"]
    assert "widgets" not in ran.metadata
    assert texts(kept) == []  # a copy was run


def test_a_cell_that_fails_ends_the_run_and_its_kernel(
    work: Path, tmp_path: Path, nothing_left: None
) -> None:
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="ZeroDivisionError"):
        executed(small("1 / 0", "print('never')"), tmp_path)
