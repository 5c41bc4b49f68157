"""What a lesson lets happen first no advice says before; a person's own filter gets it all."""

from __future__ import annotations

from pathlib import Path

import pytest

from book.execution import read_notebook
from lab_helpers.go_helper import read_advice
from lab_helpers.lessons.cells import advice_notes
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks import early_advice
from lab_helpers.lessons.checks.checking import all_exercises, check, hint
from lab_helpers.lessons.exercises.shelf import exercise_of, lessons
from lab_helpers.lessons.exercises.solutions import solution_cell
from tests.unit.lessons.checks.test_checks import save
from tests.unit.lessons.checks.test_guard import LESSON, guard, put

LENGTH, END = "content-length is left", "does not wait for the last"
# The lesson asks to run the cell as it is, and says that `%%go` warns.
ANNOUNCED = {("06-door", "pause")}


@pytest.fixture(autouse=True)
def as_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advice_notes, "_waiting", {})
    early_advice.register()


def run(cell: str) -> str:
    """Run a `%%go` cell, and return what it says."""
    head, _, source = cell.partition("\n")
    return save_go(head.split()[1], source).text


def body_cell(*, last: bool) -> str:
    """Return the first cell of lesson 06 that writes the body's file, or the exercise's."""
    cells = [c for c in read_notebook(LESSON).cells if c.source.startswith("%%go guard/body.go")]
    found: str = cells[-1 if last else 0].source
    return found


@pytest.mark.parametrize("lesson", [one.notebook for one in lessons()], ids=lambda file: file.stem)
def test_no_cell_of_a_lesson_says_what_an_exercise_further_on_is_about(
    work: Path, lesson: Path
) -> None:
    """What the real advice says of a stub, and no longer of its solution, the exercise declares."""
    for cell in read_notebook(lesson).cells:
        place = cell.source.partition("\n")[0].removeprefix("%%go ")
        name = place.partition("/")[0]
        if not cell.source.startswith("%%go "):
            continue
        start_filter(name)
        folder = work / "filters" / name
        save(folder, cell.source)
        exercise = exercise_of(cell)
        if not exercise or exercise == "03-mend":  # which does not compile
            continue
        said = {one.kind for one in read_advice(folder)}
        save(folder, solution_cell(exercise))
        mended = said - {one.kind for one in read_advice(folder)}
        told = {kind for exercise_, kind in ANNOUNCED if exercise_ == exercise}
        assert mended - told == all_exercises()[exercise].gives_away, exercise


def test_the_third_mistake_is_seen_before_it_is_said(work: Path) -> None:
    guard(work, "06-resume")
    assert "!" not in run(body_cell(last=False))
    stub = next(
        cell.source for cell in read_notebook(LESSON).cells if exercise_of(cell) == "06-length"
    )
    assert "!" not in run(stub)
    # What the exercise is about is said once it is asked for, and what the next one is about later.
    hint("06-length")
    assert LENGTH in run(stub)
    assert END not in run(stub)


def test_what_is_done_is_said_as_ever(work: Path) -> None:
    folder = guard(work, "06-whole")
    for name in ("06-length", "06-whole"):
        assert check(name).passed
    put(folder, "response.go")
    said = run(body_cell(last=False))
    assert LENGTH in said
    assert END in said


def test_a_persons_own_code_gets_its_advice(work: Path) -> None:
    guard(work, "06-resume")
    source = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (ctx *httpContext) OnHttpRequestBody(size int, last bool) types.Action {
	proxywasm.AppendHttpRequestBody([]byte("signed by me"))
	return types.ActionContinue
}
"""
    assert LENGTH in run(f"%%go guard/upload.go\n{source}")
    # The same words as the lesson's, in a filter of another name.
    start_filter("mine")
    assert END in run(body_cell(last=False).replace("guard/", "mine/"))
