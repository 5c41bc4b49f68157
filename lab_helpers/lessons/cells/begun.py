"""Tell what a learner has written from what was there before: a copy that nobody has touched.

A copy may hold the right answer of an exercise already. So beside each file that begins as a copy
lies what it began with, `.saved-begun-mine.yaml.txt`, until a cell writes it, or a part of it.
"""

from __future__ import annotations

from pathlib import Path

from lab_helpers.disk import replace_file
from lab_helpers.lessons.cells.regions import excerpt, marked_lines, region_names

__all__ = ["is_as_it_began", "note_begun", "note_written"]


def note_begun(file: Path, content: bytes) -> None:
    """Note what a copy begins with.

    Args:
        file: The file.
        content: What it holds.
    """
    replace_file(_note(file), content)


def note_written(file: Path, part: str = "") -> None:
    """Note that a cell has written a file; what it wrote may be what was there.

    Args:
        file: The file.
        part: The marked part that was written; "" for all of it.
    """
    note = _note(file)
    if not part:
        note.unlink(missing_ok=True)
    elif note.is_file() and part in region_names(text := note.read_text(encoding="utf-8")):
        # Without its mark, the part is none that the copy began with.
        lines = text.splitlines(keepends=True)
        del lines[marked_lines(text, part, note.name).start - 1]
        replace_file(note, "".join(lines))


def is_as_it_began(file: Path, part: str = "") -> bool:
    """Return whether a file is a copy that nobody has touched.

    Args:
        file: The file.
        part: The marked part to look at; "" for all of it.

    Raises:
        ConfigurationError: The file has no such part any more.
        UnicodeDecodeError: The file is no text.
    """
    note = _note(file)
    if not note.is_file():
        return False
    if not part:
        return note.read_bytes() == file.read_bytes()
    if part not in region_names(note.read_text(encoding="utf-8")):
        return False
    return excerpt(note, part).text == excerpt(file, part).text


def _note(file: Path) -> Path:
    return file.with_name(f".saved-begun-{file.name}.txt")
