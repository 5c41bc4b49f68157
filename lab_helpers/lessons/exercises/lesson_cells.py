"""Which exercise a cell is: by its tag, or where all that is known of it is its text, by that.

Several cells of the lessons write the same file, `mine/reply.go`, and not each of them is an
exercise. A page says which of a notebook's cells it runs, so the notebook has its tag. Of any other
cell a magic knows the text alone; then the cell of a lesson that it is most like says what it is.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any

from IPython.core.getipython import get_ipython

from lab_helpers.lessons.exercises.shelf import exercise_of, lessons
from lab_helpers.lessons.exercises.solutions import solution_cell, stub_cell
from lab_helpers.own_notebook import code_cells

__all__ = ["exercise_like", "exercise_tagged", "is_a_lessons"]

# Of 1: what has less in common with each cell of the lessons is somebody's own work.
_LEAST = 0.6


def exercise_tagged(head: str) -> str:
    """Return the exercise that the running cell is tagged with; "" where that cannot be told.

    Args:
        head: The cell's first line: an exercise's cell that writes another file is somebody's own.
    """
    parent: dict[str, Any] = getattr(get_ipython(), "get_parent", dict)()
    running = parent.get("metadata", {}).get("cellId")
    if not running:
        return ""
    cell = next((cell for cell in code_cells() if cell.get("id") == running), {})
    exercise = exercise_of(cell)
    known = any(exercise in lesson.exercises for lesson in lessons())
    return exercise if known and stub_cell(exercise).partition("\n")[0] == head else ""


def exercise_like(head: str, text: str) -> str:
    """Return the exercise that a cell is; "" where it is none.

    Args:
        head: Its first line: `%%go mine/tick.go`.
        text: What stands below it.

    Raises:
        LabError: A notebook cannot be read.
    """
    best, found = _LEAST, ""
    for like, exercise in _cells(head):
        ratio = _ratio(text, like)
        # Of two that are as like, the exercise: its stub may stand elsewhere as plain Go.
        if ratio > best or (ratio == best and exercise):
            best, found = ratio, exercise
    return found


def is_a_lessons(head: str, text: str) -> bool:
    """Return whether a cell is a lesson's own, if changed here and there, and not somebody's work.

    Args:
        head: Its first line: `%%go guard/body.go`.
        text: What stands below it.

    Raises:
        LabError: A notebook cannot be read.
    """
    return any(_ratio(text, like) > _LEAST for like, _ in _cells(head))


def _cells(head: str) -> Iterator[tuple[str, str]]:
    """Yield each text that the lessons have below such a line, and which exercise it is."""
    for lesson in lessons():
        for cell in json.loads(lesson.notebook.read_text(encoding="utf-8"))["cells"]:
            first, _, text = "".join(cell["source"]).partition("\n")
            if " ".join(first.split()) == head and not exercise_of(cell):
                yield text, ""
        for exercise in lesson.exercises:
            for own in (stub_cell(exercise), solution_cell(exercise)):
                first, _, text = own.partition("\n")
                if first == head:
                    yield text, exercise


def _ratio(one: str, other: str) -> float:
    a, b = ([line.strip() for line in text.strip().splitlines()] for text in (one, other))
    return difflib.SequenceMatcher(a="\n".join(a), b="\n".join(b), autojunk=False).ratio()
