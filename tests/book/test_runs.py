"""A run is taken again only while it is newer than all that it depends on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from book.__main__ import how_long
from book.execution import read_notebook
from book.lessons import is_fresh, keep_runs, runs_of
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.copies.folder import make_copies
from lab_helpers.lessons.exercises.shelf import lessons

LESSON = lessons()[0]


def test_a_lesson_that_never_ran_is_not_fresh(tmp_path: Path) -> None:
    assert not is_fresh(LESSON, tmp_path)


def test_a_run_that_is_newer_than_its_sources_is_taken(tmp_path: Path) -> None:
    notebook = read_notebook(LESSON.notebook)
    keep_runs(LESSON, tmp_path, (notebook, notebook))
    assert is_fresh(LESSON, tmp_path)
    told: list[str] = []
    assert runs_of(LESSON, tmp_path, told.append) == (notebook, notebook)
    assert told == []


def test_a_run_that_is_older_than_a_source_is_not_fresh(tmp_path: Path) -> None:
    notebook = read_notebook(LESSON.notebook)
    keep_runs(LESSON, tmp_path, (notebook, notebook))
    source = repository_folder() / "filter" / "token" / "main.go"
    before = source.stat().st_mtime - 1
    one, *_ = sorted(tmp_path.iterdir())
    os.utime(one, (before, before))
    assert not is_fresh(LESSON, tmp_path)


def test_it_says_first_how_long_it_may_take() -> None:
    assert how_long([]) == "no lesson has changed since it ran"
    assert how_long(["00", "02"]) == "lessons to run: 00, 02 (up to 4 minutes)"


def test_the_book_is_of_the_labs_own_lessons_whatever_a_copy_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    notebook = read_notebook(LESSON.notebook)
    keep_runs(LESSON, tmp_path / "runs", (notebook, notebook))
    for copy in make_copies():
        copy.write_text("{}", encoding="utf-8")
    assert lessons()[0] == LESSON
    assert is_fresh(LESSON, tmp_path / "runs")
    assert runs_of(LESSON, tmp_path / "runs") == (notebook, notebook)
