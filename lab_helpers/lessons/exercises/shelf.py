"""The lessons that there are, read from the notebooks; and what a person has done of each."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

from lab_helpers.errors import LabError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.journal import Record, progress_file, read_record
from lab_helpers.lessons.shown.page import Bundle, Table

__all__ = ["Lesson", "Progress", "exercise_of", "lessons", "predictions", "progress"]

# A copy that a learner makes in JupyterLab, `05_watch-Copy1.ipynb`, is none.
_FILE = re.compile(r"\d\d_[a-z0-9_]+\.ipynb")
_TITLE = re.compile(r"^# (\d\d) · (.+)$", re.MULTILINE)
_TAG = "exercise-"
_PREDICT = re.compile(r'\bpredict\(\s*["\']([^"\']+)["\']')


@dataclasses.dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson.

    Attributes:
        number: Two digits.
        title: Its heading.
        notebook: Its file.
        exercises: The names of its exercises, in their order.
        predictions: The names of its predictions, in their order.
    """

    number: str
    title: str
    notebook: Path
    exercises: tuple[str, ...]
    predictions: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Progress:
    """What a person has done of the lessons, to be shown."""

    lessons: tuple[Lesson, ...]
    record: Record

    def table(self) -> Table:
        """Return it as a table: a row for each lesson with exercises."""
        rows = [self._row(lesson) for lesson in self.lessons if lesson.exercises]
        done = sum(len(self.record.passed & set(lesson.exercises)) for lesson in self.lessons)
        total = sum(len(lesson.exercises) for lesson in self.lessons)
        whose = f" of {self.record.person}" if self.record.person else ""
        title = f"{done} of {total} exercises{whose} done; kept in {progress_file()}"
        return Table(title, ("lesson", "exercises", "predictions"), rows)

    def _row(self, lesson: Lesson) -> tuple[str, str, str]:
        marks = []
        for name in lesson.exercises:
            attempt = self.record.attempt(name)
            tries = f" ({attempt.tries} tries)" if attempt.tries > 1 else ""
            mark = "✓" if attempt.passed_at else "○"
            marks.append(f"{mark} {name.partition('-')[2]}{tries}")
        guesses = [
            f"{name.partition('-')[2]}: guessed {guess.guess}"
            + ("" if guess.answer is None else f", it was {guess.answer}")
            for name, guess in self.record.predictions.items()
            if name.startswith(f"{lesson.number}-")
        ]
        return (
            f"{lesson.number} {lesson.title}",
            "\n".join(marks),
            "\n".join(guesses) or "none yet",
        )

    def as_json(self) -> dict[str, object]:
        """Return it as plain values for `json.dumps`."""
        of_lessons = {
            lesson.number: {
                "title": lesson.title,
                "done": sorted(self.record.passed & set(lesson.exercises)),
                "exercises": list(lesson.exercises),
            }
            for lesson in self.lessons
            if lesson.exercises
        }
        return {**self.record.as_json(), "lessons": of_lessons}

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.table().bundle()


def lessons() -> tuple[Lesson, ...]:
    """Return the lessons, in reading order.

    Raises:
        LabError: A notebook cannot be read.
    """
    files = sorted((repository_folder() / "notebooks").glob("*.ipynb"))
    return tuple(_read(file) for file in files if _FILE.fullmatch(file.name))


def predictions() -> tuple[str, ...]:
    """Return the names of all predictions that the lessons ask for, in reading order.

    Raises:
        LabError: A notebook cannot be read.
    """
    return tuple(name for lesson in lessons() for name in lesson.predictions)


def exercise_of(cell: dict[str, Any]) -> str:
    """Return the exercise that a cell is the stub of; "" for any other cell.

    Args:
        cell: The cell, as the notebook's file has it.
    """
    tags = cell.get("metadata", {}).get("tags", ())
    return next((tag.removeprefix(_TAG) for tag in tags if tag.startswith(_TAG)), "")


def progress() -> Progress:
    """Show what you have done of the lessons.

    Raises:
        LabError: What is kept of it cannot be read.
    """
    return Progress(lessons(), read_record())


def _read(file: Path) -> Lesson:
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        title = next(filter(None, (_TITLE.search("".join(cell["source"])) for cell in cells)), None)
        # A cell that a learner copies or splits keeps its tag: the exercise is one all the same.
        exercises = tuple(dict.fromkeys(name for cell in cells if (name := exercise_of(cell))))
        code = ["".join(cell["source"]) for cell in cells if cell.get("cell_type") == "code"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(
            f"{file} is no notebook.",
            quote=str(error),
            hint=f"take the lab's own again: git checkout {file.name}",
        ) from error
    asked = tuple(dict.fromkeys(name for cell in code for name in _PREDICT.findall(cell)))
    return Lesson(file.name[:2], title[2] if title else file.stem, file, exercises, asked)
