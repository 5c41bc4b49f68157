"""The folder of the copies, `work/lessons`: each lesson is copied there once, and worked in there.

So what git keeps never changes by learning, and a `git pull` meets no conflict. A lesson that came
anew takes the place of a copy that nobody has changed or run; any other copy stays, and the new
lesson is offered.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import filelock

from lab_helpers.disk import replace_file, writing_to
from lab_helpers.errors import ConfigurationError, LabError
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.lessons.copies.notebooks import copy_of, digest, holds_results, made_of, parsed

__all__ = [
    "Begun",
    "begin_anew",
    "copies_locked",
    "is_original",
    "is_untouched",
    "keep_aside",
    "lesson_of",
    "lessons_folder",
    "make_copies",
    "make_copy",
    "offered",
    "original_of",
    "pages_to_read",
    "word_for",
]

_NUMBER = re.compile(r"\d\d")
_LOCK_S = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Begun:
    """A lesson that was begun anew.

    Attributes:
        copy: The fresh copy.
        kept: Where the copy is that was there before; None where nobody had changed or run it.
    """

    copy: Path
    kept: Path | None


def lessons_folder() -> Path:
    """Return the folder of the copies; make it when missing."""
    folder = work_folder() / "lessons"
    with writing_to(folder.parent, "name another folder with LAB_WORK"):
        folder.mkdir(exist_ok=True)
    return folder


def original_of(copy: Path) -> Path | None:
    """Return the lesson that a file is a copy of; None where it is none.

    Args:
        copy: The file; it need not be there.
    """
    original = _originals() / copy.name
    is_copy = copy.suffix == ".ipynb" and copy.parent == work_folder() / "lessons"
    return original if is_copy and original.is_file() else None


def is_original(file: Path) -> bool:
    """Return whether a file is one of the lab's own lessons, which git keeps.

    Args:
        file: The file.
    """
    return file.suffix == ".ipynb" and file.parent == _originals()


def lesson_of(number: str) -> Path:
    """Return the lab's own file of a lesson.

    Args:
        number: As in `02`; or the file's name, with or without its ending.

    Raises:
        ConfigurationError: There is no such lesson.
    """
    files = sorted(_originals().glob("*.ipynb"))
    word = number.zfill(2) if number.isdigit() else number
    for file in files:
        if word in (word_for(file), file.name, file.stem):
            return file
    words = ", ".join(word_for(file) for file in files)
    raise ConfigurationError(f"There is no lesson {number!r}.", hint=f"one of: {words}")


def word_for(copy: Path) -> str:
    """Return what a person calls a lesson: its number, or `glossary`.

    Args:
        copy: Its copy, or the lab's own file.
    """
    return copy.name[:2] if _NUMBER.match(copy.name) else copy.stem


def pages_to_read() -> list[str]:
    """Return the names of the lab's notebooks that hold no code, such as the glossary.

    Raises:
        LabError: A lesson of the lab is no notebook.
    """
    return [
        file.name
        for file in sorted(_originals().glob("*.ipynb"))
        if all(cell["cell_type"] != "code" for cell in _read(file)["cells"])
    ]


def make_copies() -> list[Path]:
    """Copy each lesson that has no copy yet, or a copy that nobody has changed or run.

    Returns:
        The copies that were written.

    Raises:
        LabError: They cannot be written.
    """
    made = []
    with copies_locked():
        for original in sorted(_originals().glob("*.ipynb")):
            copy = lessons_folder() / original.name
            if not copy.exists() or (_is_behind(copy, original) and is_untouched(copy)):
                _write(copy, original)
                made.append(copy)
    return made


def make_copy(copy: Path) -> None:
    """Copy the lesson of a copy that is missing; one that is there stays, and any other file.

    Args:
        copy: Where to.

    Raises:
        LabError: It cannot be written.
    """
    original = original_of(copy)
    if original is not None and not copy.exists():
        with copies_locked():
            _write(copy, original)


def offered() -> list[Path]:
    """Return the copies of lessons that have changed since, and that somebody has worked in.

    Raises:
        LabError: A lesson of the lab is no notebook.
    """
    copies = sorted((work_folder() / "lessons").glob("*.ipynb"))
    return [
        copy
        for copy in copies
        if (original := original_of(copy)) is not None and _is_behind(copy, original)
    ]


def is_untouched(copy: Path) -> bool:
    """Return whether nobody has changed or run a copy since it was made.

    Args:
        copy: The copy.
    """
    try:
        mine = _read(copy)
    except (LabError, UnicodeDecodeError):
        return False
    return digest(mine) == made_of(mine) and not holds_results(mine)


def begin_anew(number: str) -> Begun:
    """Put a lesson's copy aside, and make a fresh one in its place.

    Args:
        number: The lesson: two digits, or the file's name.

    Raises:
        ConfigurationError: There is no such lesson.
        LabError: The files cannot be written.
    """
    original = lesson_of(number)
    copy = lessons_folder() / original.name
    with copies_locked():
        kept = None if not copy.exists() or is_untouched(copy) else keep_aside(copy)
        _write(copy, original)
    return Begun(copy, kept)


def keep_aside(copy: Path, content: str | bytes | None = None) -> Path:
    """Keep what a copy holds beside it, by a name that says when.

    Args:
        copy: The copy.
        content: What to keep; None for what is in the file.

    Returns:
        The file that holds it now.

    Raises:
        LabError: It cannot be written.
    """
    held = copy.read_bytes() if content is None else content
    begun = f"kept_{word_for(copy)}_{time.strftime('%Y-%m-%d_%H-%M-%S')}"
    kept, again = copy.with_name(f"{begun}.ipynb"), 2
    while kept.exists():
        kept, again = copy.with_name(f"{begun}-{again}.ipynb"), again + 1
    replace_file(kept, held)
    return kept


@contextlib.contextmanager
def copies_locked() -> Iterator[None]:
    """Hold the copies, so that a page is not saved while a lesson is begun anew.

    Raises:
        LabError: Somebody else holds them for long.
    """
    lock = lessons_folder() / ".lock"
    try:
        with filelock.FileLock(lock, timeout=_LOCK_S):
            yield
    except filelock.Timeout as error:
        raise LabError(
            f"Another program has held {lock.parent} for {_LOCK_S} s.", hint="try it again"
        ) from error


def _originals() -> Path:
    return repository_folder() / "notebooks"


def _read(file: Path) -> dict[str, Any]:
    return parsed(file.read_text(encoding="utf-8"), str(file))


def _write(copy: Path, original: Path) -> None:
    # By rename: a page that is open is not read from half a file.
    replace_file(copy, copy_of(_read(original)))


def _is_behind(copy: Path, original: Path) -> bool:
    """Return whether a copy was made of another version; one that cannot be read is not judged."""
    try:
        mine = _read(copy)
    except (LabError, UnicodeDecodeError):
        return False
    now = digest(_read(original))
    return now not in (made_of(mine), digest(mine))
