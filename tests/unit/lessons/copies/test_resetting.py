"""A clean notebook again, in a cell and in a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab_helpers import reset_lesson
from lab_helpers.commands.cli import app
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.copies.folder import make_copies
from tests.unit.lessons.copies.lessons import LESSON, texts, write_in


def test_a_cell_says_what_was_kept_and_what_to_do_with_an_open_page(work: Path) -> None:
    make_copies()
    assert "nothing of yours" in reset_lesson("02").text
    write_in(work / "lessons" / LESSON.name, "mine")
    said = reset_lesson("02").text
    (kept,) = work.glob("lessons/kept_02_*.ipynb")
    assert kept.name in said
    assert "File → Reload Notebook from Disk" in said
    assert "choose Revert" in said
    with pytest.raises(ConfigurationError):
        reset_lesson(2)  # type: ignore[arg-type]


def test_a_terminal_does_the_same(work: Path) -> None:
    make_copies()
    write_in(work / "lessons" / LESSON.name, "mine")
    done = CliRunner().invoke(app, ["reset", "02"])
    assert done.exit_code == 0
    (kept,) = work.glob("lessons/kept_02_*.ipynb")
    assert kept.name in done.output
    assert texts(work / "lessons") == {"mine", ""}
