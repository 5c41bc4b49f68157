"""What a person has done of the lessons: as a table, as JSON, by `lab progress`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab_helpers.commands.cli import app
from lab_helpers.errors import LabError
from lab_helpers.lessons.exercises import shelf
from lab_helpers.lessons.exercises.journal import (
    Attempt,
    Guess,
    Record,
    progress_file,
    update_record,
)
from lab_helpers.lessons.exercises.shelf import Lesson, Progress, exercise_of, lessons, progress

DONE = Record(
    person="Ada",
    exercises={
        "05-workers": Attempt(3, 1, "2026-01-01T00:00:00Z"),
        "05-tags": Attempt(1),
        "02-tick": Attempt(1, 0, "2026-01-01T00:00:00Z"),
    },
    predictions={"05-calls": Guess(3, 4), "05-vms": Guess(5), "04-early": Guess(guess=True)},
)


@pytest.fixture
def done(work: Path) -> Record:
    return update_record(lambda _record: DONE)


def notebook(*sources: str, tag: str = "") -> str:
    cells = [{"source": source, "metadata": {"tags": [tag] if tag else []}} for source in sources]
    return json.dumps({"cells": cells})


@pytest.fixture
def repository(tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two lessons."""
    monkeypatch.setattr(shelf, "repository_folder", lambda: tmp_path)
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "07_later.ipynb").write_text(notebook("no heading"), "utf-8")
    (folder / "06_first.ipynb").write_text(
        notebook("a cell on top", "# 06 · A title\n\ntext", "x", tag="exercise-06-x"), "utf-8"
    )
    (folder / "glossary.ipynb").write_text(notebook("# Glossary"), "utf-8")
    return folder


def test_lessons_are_read_from_their_notebooks_in_order(repository: Path) -> None:
    assert lessons() == (
        Lesson("06", "A title", repository / "06_first.ipynb", ("06-x",)),
        Lesson("07", "07_later", repository / "07_later.ipynb", ()),
    )


def test_a_copy_that_a_learner_made_is_no_lesson_more(repository: Path) -> None:
    for name in ("06_first-Copy1.ipynb", "06_first Mine.ipynb"):
        (repository / name).write_text((repository / "06_first.ipynb").read_text("utf-8"), "utf-8")
    assert [lesson.number for lesson in lessons()] == ["06", "07"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": [{}]}'])
def test_a_notebook_that_is_broken_is_named(repository: Path, text: str) -> None:
    (repository / "07_later.ipynb").write_text(text, "utf-8")
    with pytest.raises(LabError, match=r"07_later\.ipynb") as caught:
        lessons()
    assert "git checkout" in caught.value.hint


def test_only_a_tagged_cell_is_an_exercise() -> None:
    assert exercise_of({"metadata": {"tags": ["other", "exercise-02-tick"]}}) == "02-tick"
    assert exercise_of({"metadata": {"tags": ["other"]}}) == ""
    assert exercise_of({}) == ""


def test_the_table_has_what_is_done_and_what_is_not(done: Record) -> None:
    table = progress().table()
    total = sum(len(lesson.exercises) for lesson in lessons())
    assert table.title == f"2 of {total} exercises of Ada done; kept in {progress_file()}"
    rows = {first[:2]: (marks.split("\n"), guesses) for first, marks, guesses in table.rows}
    assert "00" not in rows  # it has no exercise
    assert rows["05"] == (
        ["✓ workers (3 tries)", "○ tags", "○ period"],
        "calls: guessed 3, it was 4\nvms: guessed 5",
    )
    assert rows["04"][1] == "early: guessed True"
    assert rows["01"] == (["○ counter", "○ route"], "none yet")


def test_what_is_done_at_an_exercise_that_is_gone_is_not_counted(work: Path) -> None:
    record = Record(exercises={"77-gone": Attempt(1, 0, "2026-01-01T00:00:00Z")})
    assert Progress(lessons(), record).table().title.startswith("0 of ")


def test_it_is_shown_as_a_table(done: Record) -> None:
    assert progress()._repr_mimebundle_() == progress().table().bundle()


def test_the_json_has_all_that_an_instructor_collects(done: Record) -> None:
    said = json.loads(json.dumps(progress().as_json()))
    assert said["person"] == "Ada"
    assert said["lessons"]["05"] == {
        "title": "Watch every worker tick",
        "done": ["05-workers"],
        "exercises": ["05-workers", "05-tags", "05-period"],
    }
    assert said["exercises"]["05-workers"]["hints"] == 1
    assert said["predictions"]["05-calls"] == {"guess": 3, "answer": 4}


def test_the_command_says_the_same(done: Record) -> None:
    shown = CliRunner().invoke(app, ["progress"])
    assert shown.exit_code == 0
    assert shown.output.rstrip("\n") == progress().table().text
    shown = CliRunner().invoke(app, ["progress", "--json"])
    assert shown.exit_code == 0
    assert json.loads(shown.output) == json.loads(json.dumps(progress().as_json()))
