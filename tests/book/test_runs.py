"""A run is taken again only while it is newer than all that it depends on."""

from __future__ import annotations

import os
from pathlib import Path

from book.execution import read_notebook
from book.lessons import is_fresh, keep_runs, runs_of
from lab_helpers.folders import repository_folder
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
