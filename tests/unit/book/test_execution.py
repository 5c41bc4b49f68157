"""A notebook as it is kept: no outputs, plain ids, stubs from their solutions."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
import pytest

from book.execution import read_notebook, tidied, write_notebook
from lab_helpers.lessons.exercises.solutions import stub_cell


@pytest.fixture
def untidy() -> nbformat.NotebookNode:
    """A notebook as an editor leaves it: run, with ids and metadata of its own."""
    new = nbformat.v4
    heading = new.new_markdown_cell("\n# 05 · Title\n", metadata={"collapsed": True})
    stub = new.new_code_cell(
        "workers = 5",
        metadata={"tags": ["exercise-05-workers"], "trusted": True},
        execution_count=7,
        outputs=[new.new_output("stream", text="5")],
    )
    other = new.new_code_cell("workers = 5\n", execution_count=8)
    notebook: nbformat.NotebookNode = new.new_notebook(
        cells=[heading, stub, other],
        metadata={"widgets": {}, "language_info": {"name": "python", "version": "3.99"}},
    )
    return notebook


def test_a_tidy_notebook_has_no_outputs_and_nothing_of_this_machine(
    untidy: nbformat.NotebookNode,
) -> None:
    before = copy.deepcopy(untidy)
    kept = tidied(untidy)
    assert untidy == before  # a copy is tidied
    nbformat.validate(kept)
    assert [cell.id for cell in kept.cells] == ["cell-00", "cell-01", "cell-02"]
    assert [dict(cell.metadata) for cell in kept.cells] == [
        {},
        {"tags": ["exercise-05-workers"]},
        {},
    ]
    for cell in kept.cells[1:]:
        assert (cell.outputs, cell.execution_count) == ([], None)
    assert kept.metadata.language_info == {"name": "python"}
    assert "widgets" not in kept.metadata
    assert tidied(kept) == kept


def test_the_stub_comes_from_its_solution_and_other_cells_stay(
    untidy: nbformat.NotebookNode,
) -> None:
    heading, stub, other = tidied(untidy).cells
    assert stub.source == stub_cell("05-workers") == "workers = ..."
    assert other.source == "workers = 5"
    assert heading.source == "# 05 · Title"


def test_what_is_written_is_read_again(untidy: nbformat.NotebookNode, tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "05_x.ipynb"
    write_notebook(tidied(untidy), file)
    assert read_notebook(file) == tidied(untidy)
    text = file.read_text("utf-8")
    assert text.endswith("}\n")
    assert "·" in text  # not as an escape


def test_what_is_no_notebook_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "05_x.ipynb"
    file.write_text('{"cells": [{}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', "utf-8")
    with pytest.raises(nbformat.ValidationError):
        read_notebook(file)
