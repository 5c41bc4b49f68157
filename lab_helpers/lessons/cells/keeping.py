"""Keep what a learner wrote by hand in a file that a cell or a fresh start is about to replace.

Beside each file lies a note of what a cell saved there last, `.saved-tick.go.txt`. What differs
from that was written by another hand, in JupyterLab's editor perhaps.
"""

from __future__ import annotations

import itertools
from pathlib import Path

from lab_helpers.disk import replace_file

__all__ = ["keep_beside", "keep_if_edited", "note_saved", "saved_note"]


def keep_beside(file: Path, word: str) -> Path:
    """Copy a file to a place of its own, `mine.yaml.before-1`; an earlier copy is never lost.

    Args:
        file: The file.
        word: What the copy is: `before` or `edited`. Its name no longer ends as the file's does, so
            that no compiler and no list takes it for one more file.

    Returns:
        The copy; an earlier one if that holds the same.
    """
    content = file.read_bytes()
    places = (file.with_name(f"{file.name}.{word}-{number}") for number in itertools.count(1))
    kept = next(place for place in places if not place.exists() or place.read_bytes() == content)
    replace_file(kept, content)
    return kept


def keep_if_edited(file: Path, text: str) -> Path | None:
    """Keep a file that another hand wrote since it was noted; one that was never noted, too.

    Args:
        file: The file; it need not be there.
        text: What is about to be written there.

    Returns:
        The copy; None where nothing would be lost.
    """
    if not file.is_file():
        return None
    note = saved_note(file)
    known = {text.encode(), note.read_bytes() if note.is_file() else text.encode()}
    return None if file.read_bytes() in known else keep_beside(file, "edited")


def note_saved(file: Path, text: str | bytes) -> None:
    """Note what was saved in a file.

    Args:
        file: The file.
        text: What it holds now.
    """
    replace_file(saved_note(file), text)


def saved_note(file: Path) -> Path:
    """Return where it is noted what a file held.

    Args:
        file: The file.
    """
    return file.with_name(f".saved-{file.name}.txt")
