"""What a person has done: `work/progress.json`, which an instructor can collect."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import filelock

from lab_helpers.errors import LabError
from lab_helpers.folders import work_folder

__all__ = ["Attempt", "Guess", "Record", "now", "progress_file", "read_record", "update_record"]

_VERSION = 1
_LOCK_S = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """What a person did at an exercise.

    Attributes:
        tries: How often it was checked; the same text of a file counts once.
        hints: How many hints were read.
        passed_at: When it passed first, in UTC; "" if it has not.
        finding: What did not hold at the last check; "" where all did, or none was made.
        given: What was given to the last check, as Python writes it; "" where nothing was.
        seconds: How long a check takes: the last one, or an earlier one where that ended early; 0
            where none was made.
    """

    tries: int = 0
    hints: int = 0
    passed_at: str = ""
    finding: str = ""
    given: str = ""
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True, slots=True)
class Guess:
    """What a person predicted.

    Attributes:
        guess: The prediction.
        answer: What then happened; None before it was compared.
    """

    guess: object
    answer: object = None


@dataclasses.dataclass(frozen=True, slots=True)
class Record:
    """Everything that a person has done.

    Attributes:
        person: Whose it is: `LAB_PERSON`, or the name on a shared server; "" where neither is set.
        exercises: By name, such as `02-greeting`.
        predictions: By name, such as `02-contexts`.
    """

    person: str = ""
    exercises: Mapping[str, Attempt] = dataclasses.field(default_factory=dict)
    predictions: Mapping[str, Guess] = dataclasses.field(default_factory=dict)

    @property
    def passed(self) -> frozenset[str]:
        """Return the exercises that passed."""
        return frozenset(name for name, attempt in self.exercises.items() if attempt.passed_at)

    def attempt(self, exercise: str) -> Attempt:
        """Return what was done at an exercise."""
        return self.exercises.get(exercise, Attempt())

    def as_json(self) -> dict[str, object]:
        """Return it as plain values for `json.dumps`."""
        return {"version": _VERSION, **dataclasses.asdict(self)}


def progress_file() -> Path:
    """Return the file that holds it all."""
    return work_folder() / "progress.json"


def read_record() -> Record:
    """Return what was done so far.

    Raises:
        LabError: The file is there but cannot be read.
    """
    file = progress_file()
    if not file.is_file():
        return Record(person=_person())
    try:
        kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        person = _person() or kept["person"]
        _expect(str, "person", person)
        return Record(
            person=person,
            exercises={name: _attempt(value) for name, value in kept["exercises"].items()},
            predictions={name: Guess(**value) for name, value in kept["predictions"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LabError(
            f"{file} does not hold what the lab wrote there.",
            quote=str(error),
            hint="rename it; the lab then begins a new one",
        ) from error


def _attempt(kept: Mapping[str, Any]) -> Attempt:
    attempt = Attempt(**kept)
    _expect(int, "tries", attempt.tries)
    _expect(int, "hints", attempt.hints)
    _expect(str, "passed_at", attempt.passed_at)
    _expect(str, "finding", attempt.finding)
    _expect(str, "given", attempt.given)
    _expect(float, "seconds", attempt.seconds)
    return attempt


def _expect(kind: type, field: str, value: object) -> None:
    if type(value) is not kind:
        raise TypeError(f"{field} is {value!r}")


def update_record(change: Callable[[Record], Record]) -> Record:
    """Change what is kept; two notebooks at once do not lose each other's.

    Args:
        change: Is given the record, and returns the new one.

    Returns:
        The new record.

    Raises:
        LabError: The file cannot be read or written, or another notebook holds it.
    """
    file = progress_file()
    try:
        with filelock.FileLock(file.with_name(".progress.lock"), timeout=_LOCK_S):
            record = change(read_record())
            _write(file, json.dumps(record.as_json(), indent=2, default=repr) + "\n")
    except filelock.Timeout as error:
        raise LabError(
            f"Another notebook has held {file} for {_LOCK_S} s.", hint="run the cell again"
        ) from error
    except OSError as error:
        raise LabError(
            f"What you have done cannot be kept in {file}.",
            quote=str(error),
            hint="free some disk space, or name a folder of yours with LAB_WORK",
        ) from error
    return record


def now() -> str:
    """Return the time in UTC, to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _write(file: Path, text: str) -> None:
    """Write beside the file's place and rename, so that nobody ever reads half of it."""
    descriptor, name = tempfile.mkstemp(prefix=".progress-", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as scratch:
            scratch.write(text)
        Path(name).chmod(0o644)  # an instructor may collect it as another user
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _person() -> str:
    return os.environ.get("LAB_PERSON") or os.environ.get("JUPYTERHUB_USER") or ""
