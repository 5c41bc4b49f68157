"""The marked parts of files, and what is kept of a file that is about to be replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.keeping import keep_beside, keep_if_edited, note_saved
from lab_helpers.lessons.cells.regions import excerpt, marked_lines, region_names

GO = """package main

// lesson: tick

func tick() {
}

// lesson: end

// lesson: token
func token() {}
// lesson: end
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "main.go"
    file.write_text(GO, encoding="utf-8")
    return file


def test_a_part_has_its_own_lines_and_their_numbers_in_the_file(file: Path) -> None:
    part = excerpt(file, "tick")
    assert part.text == "func tick() {\n}"
    assert part.first == 5
    assert GO.splitlines()[part.first - 1] == part.lines[0]
    assert excerpt(file, "token").text == "func token() {}"


def test_without_a_name_it_is_the_whole_file(file: Path) -> None:
    assert excerpt(file).lines == tuple(GO.splitlines())
    file.write_text("\n\npackage main\n\n", encoding="utf-8")
    assert (excerpt(file).first, excerpt(file).lines) == (3, ("package main",))


def test_the_names_are_in_their_order_and_end_is_none_of_them() -> None:
    assert region_names(GO) == ("tick", "token")
    assert region_names("  # lesson: routes\n  # lesson: end\n") == ("routes",)


def test_a_part_that_is_not_there_is_said_with_those_that_are(file: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"main\.go has no part .* 'reply'") as caught:
        excerpt(file, "reply")
    assert caught.value.hint == "one of: tick, token"
    with pytest.raises(ConfigurationError) as caught:
        marked_lines("package main\n", "tick", "x.go")
    assert "show the whole file" in caught.value.hint


@pytest.mark.parametrize(
    "source",
    ["# lesson: one\nname: x\n", "# lesson: one\n# lesson: two\nname: x\n# lesson: end\n"],
    ids=["at the end of the file", "before another begins"],
)
def test_a_part_without_an_end_is_said_and_not_guessed(source: str) -> None:
    with pytest.raises(ConfigurationError, match=r"'one' of x\.yaml has no end") as caught:
        marked_lines(source, "one", "x.yaml")
    assert "`# lesson: end`" in caught.value.hint


def test_every_mark_of_the_labs_own_files_has_its_end() -> None:
    root = repository_folder()
    files = [*root.glob("filter/*/*.go"), *root.glob("envoy/*.yaml")]
    parts = [(file, name) for file in files for name in region_names(file.read_text("utf-8"))]
    assert len(parts) > 8
    for file, name in parts:
        part = excerpt(file, name)
        assert part.lines, name
        assert "lesson:" not in part.text


def test_what_is_kept_beside_a_file_never_replaces_what_was_kept_before(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    for text in ("first", "second", "first"):
        file.write_text(text, encoding="utf-8")
        kept = keep_beside(file, "before")
        assert kept.read_text("utf-8") == text
    assert {place.name: place.read_text("utf-8") for place in tmp_path.glob("*.before-*")} == {
        "mine.yaml.before-1": "first",
        "mine.yaml.before-2": "second",
    }


def test_only_what_another_hand_wrote_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "tick.go"
    assert keep_if_edited(file, "cell") is None  # nothing is there
    file.write_text("cell", encoding="utf-8")
    note_saved(file, "cell")
    assert keep_if_edited(file, "cell, changed") is None
    file.write_text("by hand", encoding="utf-8")
    assert keep_if_edited(file, "by hand") is None  # the same is about to be written
    kept = keep_if_edited(file, "cell")
    assert kept == tmp_path / "tick.go.edited-1"
    assert kept.read_text("utf-8") == "by hand"
