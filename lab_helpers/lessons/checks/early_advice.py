"""Advice that would come before its time: a lesson shows a mistake, and then how it is mended.

The lesson's own cells are not to say what is wrong with them before the exercise that mends it, nor
before the prediction of what it does. What a person wrote gets its advice as ever.
"""

from __future__ import annotations

from pathlib import Path

from lab_helpers.go_helper import Advice
from lab_helpers.lessons.cells.advice_notes import let_advice_wait
from lab_helpers.lessons.checks.checking import all_exercises
from lab_helpers.lessons.checks.own_text import own_file
from lab_helpers.lessons.exercises.journal import Attempt, read_record
from lab_helpers.lessons.exercises.lesson_cells import is_a_lessons

__all__ = ["comes_too_early", "register"]


def comes_too_early(folder: Path, advice: Advice) -> bool:
    """Return whether a piece of advice would give an exercise's solution away.

    Args:
        folder: The filter's folder.
        advice: What there is to say.

    Raises:
        LabError: What was done so far, or a lesson, cannot be read.
    """
    ahead = [
        exercise.name
        for exercise in all_exercises().values()
        if advice.kind in exercise.gives_away and _filter_of(exercise.name) == folder
    ]
    if not ahead:
        return False
    record = read_record()
    if not any(_is_ahead(record.attempt(name)) for name in ahead):
        return False
    text = (folder / advice.file).read_text(encoding="utf-8")
    return is_a_lessons(f"%%go {folder.name}/{advice.file}", text)


def register() -> None:
    """Let such advice wait until the exercise is done, or a hint was read."""
    let_advice_wait(comes_too_early)


def _filter_of(exercise: str) -> Path | None:
    file = own_file(exercise)
    return file and file.parent


def _is_ahead(attempt: Attempt) -> bool:
    return not attempt.passed_at and not attempt.hints
