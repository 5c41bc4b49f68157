"""A page that is saved over a newer copy: what stood there is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.lessons.copies.folder import begin_anew, make_copies
from lab_helpers.lessons.copies.saving import keep_what_is_newer
from tests.unit.lessons.copies.lessons import LESSON, read, texts, with_text, write_in


@pytest.fixture
def copy(work: Path) -> Path:
    make_copies()
    return work / "lessons" / LESSON.name


def test_an_old_page_does_not_take_away_what_was_written_since(copy: Path) -> None:
    page = with_text(read(copy), "old")
    begin_anew("02")
    write_in(copy, "new")
    kept = keep_what_is_newer(copy, page)
    assert kept is not None
    assert kept.read_bytes() == copy.read_bytes()
    assert texts(copy.parent) == {"new"}


def test_a_page_of_the_copy_itself_is_saved_as_ever(copy: Path) -> None:
    write_in(copy, "one")
    assert keep_what_is_newer(copy, with_text(read(copy), "two")) is None


def test_a_fresh_copy_needs_no_keeping_for_the_lesson_gives_it_again(copy: Path) -> None:
    page = with_text(read(copy), "old")
    begin_anew("02")
    assert keep_what_is_newer(copy, page) is None
    assert len(list(copy.parent.glob("*02*"))) == 1


def test_a_page_without_a_mark_is_none_of_the_copies_pages(copy: Path) -> None:
    write_in(copy, "new")
    assert keep_what_is_newer(copy, read(LESSON)) is not None


def test_a_notebook_of_ones_own_is_not_watched(copy: Path) -> None:
    own = copy.with_name("mine.ipynb")
    own.write_bytes(copy.read_bytes())
    write_in(own, "mine")
    assert keep_what_is_newer(own, read(LESSON)) is None
