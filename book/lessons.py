"""Run the lessons for the book, or take the runs that are still good."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat

from book.execution import executed_twice, read_notebook, write_notebook
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.shelf import Lesson

__all__ = ["is_fresh", "keep_runs", "runs_of"]

# What a run depends on. The rest, such as the tests, changes nothing that a page shows.
_SOURCES = ("lab_helpers", "filter", "envoy", "notebooks")

Runs = tuple[nbformat.NotebookNode, nbformat.NotebookNode]


def runs_of(lesson: Lesson, folder: Path, say: Callable[[str], None] = lambda _: None) -> Runs:
    """Return a lesson as it ran: as it is kept, and with the solutions in.

    Args:
        lesson: The lesson.
        folder: Where runs are kept; one that is newer than all it depends on is taken from there.
        say: Told what takes its time.
    """
    if not is_fresh(lesson, folder):
        say(f"running lesson {lesson.number}, {lesson.title}, twice (up to two minutes)")
        with _work_of_its_own():
            notebook = read_notebook(lesson.notebook)
            runs = executed_twice(notebook, lesson.notebook.parent, lambda: None)
        keep_runs(lesson, folder, runs)
    as_kept, solved = map(read_notebook, _files(lesson, folder))
    return as_kept, solved


def keep_runs(lesson: Lesson, folder: Path, runs: Runs) -> None:
    """Keep the two runs of a lesson as notebooks with outputs.

    Args:
        lesson: The lesson.
        folder: Where to.
        runs: As it is kept, and with the solutions in.
    """
    for notebook, file in zip(runs, _files(lesson, folder), strict=True):
        write_notebook(notebook, file)


def is_fresh(lesson: Lesson, folder: Path) -> bool:
    """Return whether the runs that are kept are newer than all that they depend on.

    Args:
        lesson: The lesson.
        folder: Where runs are kept.
    """
    files = _files(lesson, folder)
    if not all(file.is_file() for file in files):
        return False
    return min(file.stat().st_mtime for file in files) > _last_change()


def _files(lesson: Lesson, folder: Path) -> tuple[Path, Path]:
    stem = lesson.notebook.stem
    return folder / f"{stem}-stubs.ipynb", folder / f"{stem}.ipynb"


def _last_change() -> float:
    ignored = {"__pycache__", ".ipynb_checkpoints"}
    return max(
        file.stat().st_mtime
        for name in _SOURCES
        for file in (repository_folder() / name).rglob("*")
        if file.is_file() and not ignored & set(file.parts)
    )


@contextlib.contextmanager
def _work_of_its_own() -> Iterator[None]:
    """Keep the kernels away from the person's own filters and progress."""
    before = {name: os.environ.get(name) for name in ("LAB_WORK", "IPYTHONDIR")}
    with tempfile.TemporaryDirectory(prefix="lab-book-") as folder:
        os.environ["LAB_WORK"] = f"{folder}/work"
        os.environ["IPYTHONDIR"] = f"{folder}/ipython"
        try:
            yield
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
