"""No check passes on what nobody has written, and no hint tells of what has been changed since."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab_helpers.lessons.cells.begun import is_as_it_began, note_written
from lab_helpers.lessons.cells.configurations import start_configuration
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks import checking
from lab_helpers.lessons.checks.checking import check, hint
from lab_helpers.lessons.checks.own_text import own_head
from lab_helpers.lessons.exercises.exercises import Exercise
from lab_helpers.lessons.exercises.solutions import (
    exercise_names,
    solution_cell,
    solution_file,
)
from tests.unit.lessons.checks.test_checks import change, mine, save

__all__ = ["mine"]  # the fixture: a filter with every solution of lesson 02 in it

IN_A_FILE = [name for name in exercise_names() if own_head(name)]


@pytest.mark.parametrize("exercise", IN_A_FILE)
def test_what_nobody_has_written_is_not_checked(work: Path, exercise: str) -> None:
    magic, place, *part = own_head(exercise)
    if magic == "%%envoy":
        start_configuration(place, like="bare.yaml" if place == "first.yaml" else "envoy.yaml")
    else:
        start_filter(place.partition("/")[0])
    result = check(exercise)
    assert not result.passed
    assert len(result.findings) == 1
    assert f"Run the cell that begins with `{' '.join((magic, place, *part))}`." in result.note.text
    told = hint(exercise).text
    assert f"Run the cell that begins with `{' '.join((magic, place, *part))}`." in told
    assert "you wrote" not in told


def test_a_copy_that_is_begun_anew_is_not_what_was_checked(mine: Path) -> None:
    assert check("02-tick").passed
    start_filter("mine", anew=True)
    assert "There is no `mine/tick.go` yet." in hint("02-tick").text


def test_a_cell_may_write_what_was_there(work: Path) -> None:
    start_filter("mine")
    file = work / "filters" / "mine" / "response.go"
    assert is_as_it_began(file)
    save_go("mine/response.go", file.read_text("utf-8"))
    assert not is_as_it_began(file)
    start_filter("mine", anew=True)
    assert is_as_it_began(file)
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")  # as an editor does
    assert not is_as_it_began(file)


def test_a_part_that_a_cell_wrote_says_nothing_of_the_others(work: Path) -> None:
    start_configuration("mine.yaml", like="envoy.yaml")
    file = work / "envoy" / "mine.yaml"
    note_written(file, "cluster")
    assert not is_as_it_began(file, "cluster")
    assert is_as_it_began(file, "filter")
    note_written(file, "cluster")
    change(file, "stat_prefix", "statPrefix")  # in no part
    assert is_as_it_began(file, "filter")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which no check is quick."""

    def never(_exercise: Exercise) -> bool:
        return False

    monkeypatch.setattr(checking, "is_quick", never)


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(
    ("exercise", "file", "old", "new", "told"),
    [
        ("02-tick", "tick.go", "plugin.ticks++", "plugin.tics++", "tick.go:6:9: plugin.tics undef"),
        ("02-callout", "tick.go", "plugin.ticks++", "plugin.ticks+", "tick.go:7:2"),  # another file
    ],
)
def test_a_hint_tells_of_what_does_not_compile_though_the_last_check_passed(
    mine: Path, exercise: str, file: str, old: str, new: str, told: str
) -> None:
    assert check(exercise).passed
    assert "The last check found nothing wrong" in hint(exercise).text
    change(mine / file, old, new)
    said = hint(exercise).text
    assert "nothing wrong" not in said
    assert told in said


@pytest.mark.usefixtures("slow")
def test_a_hint_for_what_was_never_checked_tells_of_what_does_not_compile(work: Path) -> None:
    start_filter("guard")
    save(work / "filters" / "guard", solution_cell("06-door").replace("403, nil", "403 nil"))
    said = hint("06-door").text
    assert "It was not checked yet" not in said
    assert "request.go:" in said


@pytest.mark.usefixtures("slow")
def test_a_hint_does_not_repeat_what_was_found_in_another_text(mine: Path) -> None:
    change(mine / "tick.go", "plugin.ticks++", "plugin.ticks += 2")
    assert "changes by 2" in check("02-tick").note.text
    assert "changes by 2" in hint("02-tick").text
    change(mine / "tick.go", "plugin.ticks += 2", "plugin.ticks++")
    said = hint("02-tick").text
    assert "changes by 2" not in said
    assert 'changed it since the last check. `check("02-tick")`' in said


@pytest.mark.parametrize("exercise", ["02-greeting", "04-settings", "06-length"])
def test_the_files_that_a_hint_names_can_be_opened(
    work: Path, exercise: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(work / "lessons" / "02_write_the_filter.ipynb"))
    start_filter(own_head(exercise)[1].partition("/")[0] if own_head(exercise) else "mine")
    for _ in range(5):
        note = hint(exercise)
    assert f"notebooks/solutions/{exercise}." in note.text
    links = set(re.findall(r'<a href="([^"]+)"><code>', note.html))
    assert any(
        link.endswith(f"notebooks/solutions/{solution_file(exercise).name}") for link in links
    )
    for named in re.findall(r"`([\w/.-]+\.(?:go|py|yaml))`", note.text):
        assert f"><code>{named}</code></a>" in note.html
