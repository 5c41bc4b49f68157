"""The copies of the lessons: made once, offered, begun anew, and nothing of a person's lost."""

from __future__ import annotations

import json
import re
import threading
import time
from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.copies.folder import (
    begin_anew,
    copies_locked,
    is_original,
    make_copies,
    make_copy,
    offered,
    original_of,
    pages_to_read,
)
from lab_helpers.lessons.copies.notebooks import copy_name, digest
from tests.unit.lessons.copies.lessons import LESSON, earlier_copy, read, texts, write_in

ORIGINALS = sorted((repository_folder() / "notebooks").glob("*.ipynb"))


def test_each_lesson_is_copied_once_with_the_glossary_beside_it(work: Path) -> None:
    made = make_copies()
    assert [copy.name for copy in made] == [file.name for file in ORIGINALS]
    for copy, original in zip(made, ORIGINALS, strict=True):
        assert copy.parent == work / "lessons"
        given = json.dumps(read(original)["cells"])
        assert json.dumps(read(copy)["cells"]).replace("](../../", "](../") == given
        assert digest(read(copy)) == digest(read(original))
    assert len({copy_name(read(copy)) for copy in made}) == len(made)
    assert make_copies() == []


def test_each_link_of_a_copy_leads_to_a_file(work: Path) -> None:
    """From `work/lessons/`, wherever that is: the server shows the lab's files two steps up."""
    links = [
        link
        for copy in make_copies()
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", copy.read_text("utf-8"))
    ]
    lab = [link for link in links if link.startswith("../")]
    assert len(lab) > 10
    for link in lab:
        assert (repository_folder() / "work" / "lessons" / link).resolve().is_file(), link
    for link in {*links} - {*lab}:
        assert (work / "lessons" / link).is_file(), link


def test_what_a_person_wrote_in_a_copy_stays(work: Path) -> None:
    make_copies()
    copy = work / "lessons" / LESSON.name
    write_in(copy, "mine")
    before = copy.read_bytes()
    assert make_copies() == []
    make_copy(copy)
    assert copy.read_bytes() == before
    assert offered() == []


def test_a_lesson_that_came_anew_replaces_a_copy_that_nobody_worked_in(work: Path) -> None:
    copy = earlier_copy(work / "lessons")
    assert copy in make_copies()
    assert digest(read(copy)) == digest(read(LESSON))
    assert texts(copy.parent) == {""}  # nothing was kept: nobody's work was in it


@pytest.mark.parametrize("worked", ["written", "run"])
def test_a_lesson_that_came_anew_is_offered_where_somebody_worked(work: Path, worked: str) -> None:
    copy = earlier_copy(work / "lessons")
    if worked == "written":
        write_in(copy, "mine")
    else:
        text = copy.read_text("utf-8")
        copy.write_text(text.replace('"execution_count": null', '"execution_count": 3', 1), "utf-8")
    before = copy.read_bytes()
    assert copy not in make_copies()
    assert copy.read_bytes() == before
    assert offered() == [copy]
    # Taken, it is offered no more.
    assert begin_anew("02").kept is not None
    assert offered() == []


def test_a_lesson_begun_anew_keeps_the_old_by_a_name_that_says_when(work: Path) -> None:
    make_copies()
    copy = work / "lessons" / LESSON.name
    first = copy_name(read(copy))
    for text in ("one", "two", "three"):
        write_in(copy, text)
        inode = copy.stat().st_ino
        began = time.strftime("%Y-%m-%d_%H-%M-%S")
        begun = begin_anew("02")
        assert begun.copy == copy
        assert copy.stat().st_ino != inode  # by rename
        assert begun.kept is not None
        match = re.fullmatch(
            r"kept_02_(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d)(-\d)?\.ipynb", begun.kept.name
        )
        assert match
        assert match[1] >= began
        assert texts(begun.kept.parent) >= {text, ""}
    assert texts(copy.parent) == {"one", "two", "three", ""}
    assert copy_name(read(copy)) not in ("", first)
    # One that nobody worked in leaves nothing behind.
    assert begin_anew("2").kept is None
    # A kept one is no lesson: it is neither made anew nor offered.
    assert make_copies() == []
    assert offered() == []


def test_a_copy_that_is_no_notebook_is_kept_as_it_is(work: Path) -> None:
    copy = work / "lessons" / LESSON.name
    copy.parent.mkdir(parents=True)
    copy.write_bytes(b"\xff{")
    assert copy not in make_copies()
    kept = begin_anew("02_write_the_filter").kept
    assert kept is not None
    assert kept.read_bytes() == b"\xff{"
    assert digest(read(copy)) == digest(read(LESSON))


@pytest.mark.parametrize("word", ["09", "", "notes", "../02", "2_write", "kept"])
def test_a_lesson_that_is_not_there_is_said_with_those_that_are(work: Path, word: str) -> None:
    with pytest.raises(ConfigurationError, match="There is no lesson") as caught:
        begin_anew(word)
    assert "00, 01, 02" in caught.value.hint
    assert "glossary" in caught.value.hint


def test_a_copy_that_is_missing_is_made_and_no_other_file(work: Path) -> None:
    copy = work / "lessons" / LESSON.name
    make_copy(copy)
    assert copy.is_file()
    for other in (copy.with_name("notes.ipynb"), work / LESSON.name, copy.with_suffix(".txt")):
        make_copy(other)
        assert not other.exists()
        assert original_of(other) is None


def test_a_page_without_code_is_to_be_read(work: Path) -> None:
    pages = pages_to_read()
    assert "glossary.ipynb" in pages
    assert not any(re.match(r"\d\d_", page) for page in pages)


def test_only_the_labs_own_notebooks_are_its_lessons(work: Path) -> None:
    assert is_original(LESSON)
    assert not is_original(work / "lessons" / LESSON.name)
    assert not is_original(LESSON.with_name("README.md"))
    assert not is_original(LESSON.parent / "solutions" / "02-tick.go")


def test_a_lesson_is_begun_anew_only_when_nobody_else_holds_the_copies(work: Path) -> None:
    make_copies()
    copy = work / "lessons" / LESSON.name
    write_in(copy, "mine")
    began = threading.Event()
    done = threading.Event()

    def begin() -> None:
        began.set()
        begin_anew("02")
        done.set()

    other = threading.Thread(target=begin)
    with copies_locked():
        other.start()
        began.wait()
        write_in(copy, "later")
        assert not done.is_set()
    other.join()
    assert texts(copy.parent) == {"later", ""}
