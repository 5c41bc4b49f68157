"""Every lesson has the form that design.md describes; this runs in a second, without a kernel."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from book.execution import read_notebook
from lab_helpers.lessons.checks.checking import all_exercises
from lab_helpers.lessons.exercises.shelf import lessons
from lab_helpers.lessons.exercises.solutions import exercise_names, solution_cell, stub_cell
from tests.notebooks import form

NOTEBOOKS = repository_folder() / "notebooks"
LESSONS = [lesson.notebook for lesson in lessons()]
PAGES = sorted(NOTEBOOKS.glob("*.ipynb"))
DOCUMENTS = [
    file
    for folder in (".", "docs", "notebooks", "book")
    for file in sorted((repository_folder() / folder).glob("*.md"))
]


def glossary() -> frozenset[str]:
    pages = read_notebook(NOTEBOOKS / form.GLOSSARY)
    return form.anchors(pages) - {"Glossary"}


@pytest.mark.parametrize("file", LESSONS, ids=lambda file: file.stem)
def test_a_lesson_keeps_the_form(file: Path) -> None:
    assert form.problems(file, read_notebook(file), glossary()) == []


@pytest.mark.parametrize("answer", ["answer=False", "True", "4", '"worker_0"', "not False"])
def test_an_answer_that_stands_in_a_cell_is_found(answer: str) -> None:
    file = LESSONS[1]
    notebook = read_notebook(file)
    cell = next(cell for cell in notebook.cells if 'compare("01-order"' in cell.source)
    cell.source = f'display(compare("01-order", {answer}))'
    told = form.problems(file, notebook, glossary())
    assert len(told) == 1
    assert "the answer to '01-order' stands in the cell" in told[0]


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_the_links_of_a_document_lead_somewhere(file: Path) -> None:
    # The front page of the book is read at the root of the site, which is laid out as we are.
    place = repository_folder() / "index.md" if file.parent.name == "book" else file
    assert list(form.link_problems(place, file.read_text(encoding="utf-8"))) == []


def test_a_link_that_leads_nowhere_is_found() -> None:
    text = "[a](missing.md) [b](README.md#no-such-place) [c](http://a.org) ![](docs/ticks.png)"
    place = repository_folder() / "index.md"
    assert len(list(form.link_problems(place, text))) == 5
    assert list(form.link_problems(place, "[a](README.md#start) [b](https://a.org)")) == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.stem)
def test_no_heading_has_backticks(file: Path) -> None:
    """A list of contents, in JupyterLab or in the book, shows them as they are."""
    text = re.sub(r"```.*?```", "", form.markdown(read_notebook(file)), flags=re.DOTALL)
    assert re.findall(r"^#+ .*`.*$", text, re.MULTILINE) == []


def test_the_spelling_is_right() -> None:
    # Code is spelled by its compilers; what a person reads is checked here.
    texts = [form.prose(read_notebook(file)) for file in PAGES]
    texts += [form.words_of(file.read_text(encoding="utf-8")) for file in DOCUMENTS]
    # What the page of functions quotes is spelled as the SDK spells it.
    quoted = ("**The SDK says:**", "- `")
    lines = "\n".join(texts).splitlines()
    text = "\n".join(line for line in lines if not line.startswith(quoted))
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", "--builtin", "clear,rare", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == ""
    assert done.returncode == 0


def test_every_exercise_has_a_check_hints_a_stub_and_a_solution() -> None:
    in_lessons = [name for lesson in lessons() for name in lesson.exercises]
    checks = all_exercises()
    assert sorted(in_lessons) == list(exercise_names()) == list(checks)
    for name, exercise in checks.items():
        assert len(exercise.hints) >= 2, name
        assert stub_cell(name) != solution_cell(name)


def test_the_instructor_has_an_answer_to_every_prediction() -> None:
    asked = [
        name
        for file in LESSONS
        for cell in read_notebook(file).cells
        for name in re.findall(r'^predict\("([^"]+)"', cell.source, re.MULTILINE)
    ]
    page = (repository_folder() / "docs" / "instructor.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\d\d-\w+)` \|", page, re.MULTILINE) == asked
