"""Whether there is anything new of a learner's to check: what was written, changed, or did run.

What was checked is remembered for as long as the notebook's kernel runs.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Iterator
from pathlib import Path

from IPython.core.getipython import get_ipython

from lab_helpers.errors import ConfigurationError, LabError
from lab_helpers.lessons.cells.begun import is_as_it_began
from lab_helpers.lessons.cells.go_cells import compile_problem
from lab_helpers.lessons.cells.not_taken import NotTaken, cells_not_taken
from lab_helpers.lessons.cells.runs import last_run_failed
from lab_helpers.lessons.checks.own_text import answer_names, own_file, own_head
from lab_helpers.lessons.exercises.exercises import Exercise
from lab_helpers.lessons.exercises.lesson_cells import exercise_like

__all__ = [
    "does_not_compile",
    "failed_run",
    "has_changed",
    "is_new",
    "looked_at",
    "not_written",
    "text_of_before",
    "value_of_before",
]

_MOST_SHOWN = 120
# `first.yaml route` is meant for `first.yaml routes`, `mine/body.go` not for `mine/reply.go`.
_ALIKE = 0.85


def not_written(exercise: str) -> str:
    """Return what to run, where nobody has written an exercise's file yet; "" where somebody has.

    Args:
        exercise: Such as `04-mend`.
    """
    file, head = own_file(exercise), own_head(exercise)
    if file is None:
        return ""
    run = f"Run the cell that begins with `{' '.join(head)}`."
    if not file.is_file():
        # Where there is no filter either, and no configuration, the check says how to begin one.
        begun = (file.parent / "main.go").is_file()
        return f"There is no `{head[1]}` yet. {run}" if begun else ""
    try:
        untouched = is_as_it_began(file, " ".join(head[2:]))  # %%envoy FILE PART
    except (ConfigurationError, UnicodeDecodeError):
        return ""  # somebody has written, and the check says what is wrong with it
    return f"`{head[1]}` is still the copy that it began as. {run}" if untouched else ""


def failed_run(exercise: str) -> str:
    """Return how the last run of an exercise's cell of Python failed; "" where it did not.

    Args:
        exercise: Such as `01-counter`.
    """
    failed = None if own_head(exercise) else last_run_failed(answer_names(exercise))
    if failed is None:
        return ""
    said = f"The last run of the cell with `{failed.name} = …` ended in an error: {failed.said}"
    return f"{said}\n{failed.advice}".strip()


def value_of_before(exercise: str, evidence: tuple[object, ...]) -> str:
    """Return what is wrong where a check is given the value of an earlier run; "" where it is not.

    Args:
        exercise: Such as `01-counter`.
        evidence: What the check is given.
    """
    said, shell = failed_run(exercise), get_ipython()
    if not said or shell is None:
        return ""
    values = [shell.user_ns[name] for name in answer_names(exercise) if name in shell.user_ns]
    before = next((value for value in values if any(value is each for each in evidence)), None)
    if before is None:
        return ""
    shown = repr(before)
    shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"
    return f"{said}\nSo this is still the value of an earlier run: {shown}"


def text_of_before(exercise: str) -> str:
    """Return why an exercise's file holds what was saved before its cell was last run.

    Args:
        exercise: Such as `02-greeting`.

    Returns:
        "" where its last run was not refused, or the file was written since.
    """
    file = own_file(exercise)
    if file is None or not file.is_file():
        return ""
    written = file.stat().st_mtime
    since = (cell for cell in cells_not_taken() if cell.at >= written)
    refused = next((cell for cell in since if _is_cell_of(exercise, cell)), None)
    if refused is None:
        return ""
    return (
        f"The cell as it stands now was not taken: {refused.said}\n"
        f"So `{own_head(exercise)[1]}` still holds the text that was saved before."
        " Mend the cell's first line, and run it again."
    )


def _is_cell_of(exercise: str, cell: NotTaken) -> bool:
    """Return whether a refused cell is an exercise's: by its place, nearly right, or its text."""
    head, place = own_head(exercise), " ".join(cell.head[1:])
    own = " ".join(head[1:])
    short = own.rpartition("/")[2]
    if place and (place in {own, short} or difflib.get_close_matches(place, [own], cutoff=_ALIKE)):
        return True
    return exercise_like(" ".join(head), cell.text) == exercise


def looked_at(exercise: str) -> None:
    """Remember what an exercise's check is about to look at.

    Args:
        exercise: Such as `02-greeting`.
    """
    file = own_file(exercise)
    if file is not None and file.is_file():
        _OWN[exercise, file] = file.read_bytes()
        _ALL[exercise, file] = tuple(_sources(file))


def is_new(exercise: str) -> bool:
    """Return whether this text was not looked at before; what is in no file, always is.

    A check comes by itself, and then a person asks for it: that is one try.

    Args:
        exercise: Such as `02-greeting`.
    """
    file = own_file(exercise)
    if file is None or not file.is_file():
        return True
    return _OWN.get((exercise, file)) != file.read_bytes()


def has_changed(exercise: str) -> bool | None:
    """Return whether anything that a check looks at is other than when it looked.

    Of a filter, that is each file: one that does not compile keeps all of them from running.

    Args:
        exercise: Such as `02-greeting`.

    Returns:
        None where this notebook has not looked; False where there is no file.
    """
    file = own_file(exercise)
    if file is None or not file.is_file():
        return False
    before = _ALL.get((exercise, file))
    return None if before is None else before != tuple(_sources(file))


def does_not_compile(exercise: Exercise) -> bool:
    """Return whether an exercise is about a filter of the learner's that does not compile.

    Args:
        exercise: The exercise.
    """
    file = own_file(exercise.name)
    if file is None or file.suffix != ".go" or inspect.signature(exercise.look).parameters:
        return False
    try:
        return compile_problem(file.parent) is not None
    except LabError:
        return True  # whatever keeps it from being compiled, the check says it


def _sources(file: Path) -> Iterator[tuple[str, bytes]]:
    files = sorted(file.parent.glob("*.go")) if file.suffix == ".go" else [file]
    return ((each.name, each.read_bytes()) for each in files)


_OWN: dict[tuple[str, Path], bytes] = {}
_ALL: dict[tuple[str, Path], tuple[tuple[str, bytes], ...]] = {}
