"""The learner's own filters: begun as copies, and nothing that was there is lost."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.go_cells import compile_problem
from lab_helpers.lessons.cells.workspace import filter_folder, learner_filters, start_filter
from tests.conftest import TellFault

HELLO = repository_folder() / "filter" / "hello"


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if not file.name.startswith(".")}


def test_a_filter_begins_as_a_copy_without_the_tests(work: Path) -> None:
    note = start_filter("mine")
    mine = work / "filters" / "mine"
    assert names(mine) == {"contexts.go", "main.go", "response.go"}
    assert (mine / "main.go").read_bytes() == (HELLO / "main.go").read_bytes()
    assert note.lines[0][0] == "✓"
    assert "begins as filter/hello: contexts.go, main.go, response.go" in note.text
    assert len(note.lines) == 1


def test_what_was_there_is_kept_each_time_it_differs(work: Path) -> None:
    start_filter("mine")
    filters = work / "filters"
    for text in ("one", "two", "one"):
        (filters / "mine" / "tick.go").write_text(text, encoding="utf-8")
        note = start_filter("mine", anew=True)
        assert not (filters / "mine" / "tick.go").exists()
        assert "is kept in" in note.text
    kept = {path.name: (path / "tick.go").read_text("utf-8") for path in filters.glob("*-before-*")}
    assert kept == {"mine-before-1": "one", "mine-before-2": "two"}


def test_a_filter_that_nobody_changed_is_not_kept(work: Path) -> None:
    start_filter("mine")
    assert "kept" not in start_filter("mine", anew=True).text
    assert [path.name for path in (work / "filters").iterdir() if path.is_dir()] == ["mine"]


def test_one_that_is_there_stays_as_it_is_until_it_is_to_begin_anew(work: Path) -> None:
    start_filter("mine")
    tick = work / "filters" / "mine" / "tick.go"
    tick.write_text("package main\n", encoding="utf-8")
    for like in ("hello", "token"):
        note = start_filter("mine", like=like)
        assert "is there already, and stays as it is" in note.text
        assert tick.read_text("utf-8") == "package main\n"
        assert not (work / "filters" / "mine" / "settings.go").exists()
    # What it says to do begins anew.
    (said,) = re.findall(r"`(start_filter\(.*\))`", start_filter("mine").text)
    assert said == 'start_filter("mine", like="hello", anew=True)'
    assert "is kept in" in start_filter("mine", like="hello", anew=True).text
    assert not tick.exists()


def test_a_folder_without_a_filter_in_it_does_not_stand_in_the_way(work: Path) -> None:
    (learner_filters() / "mine").mkdir()
    (learner_filters() / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    assert "begins as filter/hello" in start_filter("mine").text
    assert (work / "filters" / "mine-before-1" / "notes.txt").read_text("utf-8") == "mine"


def test_a_filter_of_ones_own_is_copied_whole_and_compiles_by_itself(work: Path) -> None:
    start_filter("guard")
    guard = work / "filters" / "guard"
    (guard / "rules").mkdir()
    (guard / "rules" / "rules.go").write_text(
        "package rules\n\n// Open says who may pass.\nfunc Open() bool { return true }\n",
        encoding="utf-8",
    )
    (guard / "gate.go").write_text(
        'package main\n\nimport "filters/guard/rules"\n\nvar open = rules.Open()\n',
        encoding="utf-8",
    )
    (guard / "gate_test.go").write_text("package main\n", encoding="utf-8")
    note = start_filter("door", like="guard")
    door = work / "filters" / "door"
    assert "begins as your guard" in note.text
    assert names(door) == names(guard)
    shutil.rmtree(guard)
    assert compile_problem(door) is None


def test_a_filter_is_not_copied_onto_itself(work: Path) -> None:
    start_filter("mine")
    with pytest.raises(ConfigurationError, match="copy of itself") as caught:
        start_filter("mine", like="mine", anew=True)
    assert "begins as your mine" in start_filter("mine_2", like="mine").text
    assert 'start_filter("mine_2", like="mine")' in caught.value.hint


def test_a_folder_within_is_kept_too(work: Path) -> None:
    filters = work / "filters"
    for text in ("mine", "another"):
        start_filter("mine", anew=True)
        (filters / "mine" / "data").mkdir()
        (filters / "mine" / "data" / "notes.txt").write_text(text, encoding="utf-8")
    start_filter("mine", anew=True)
    kept = sorted(file.read_text("utf-8") for file in filters.glob("*-before-*/data/notes.txt"))
    assert kept == ["another", "mine"]


@pytest.mark.parametrize("name", ["Mine", "my filter", "../mine", "mine/two", "", "2nd", "token"])
def test_a_name_that_cannot_be_a_filters_is_refused(work: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be called") as caught:
        start_filter(name)
    assert "lower-case" in caught.value.hint
    assert not work.exists() or not list(work.rglob("*.go"))


@pytest.mark.parametrize("like", ["nothing", "", "../lab_helpers"])
def test_a_filter_to_copy_that_is_not_there_is_said(work: Path, like: str) -> None:
    with pytest.raises(ConfigurationError, match="There is no filter") as caught:
        start_filter("mine", like=like)
    assert "hello" in caught.value.hint
    assert "token" in caught.value.hint
    assert not (work / "filters" / "mine").exists()


def test_the_module_is_the_labs_but_for_its_name_and_follows_it(work: Path) -> None:
    ours = (repository_folder() / "filter" / "go.mod").read_text("utf-8")
    module = learner_filters() / "go.mod"
    assert module.read_text("utf-8").splitlines()[0] == "module filters"
    assert module.read_text("utf-8").splitlines()[1:] == ours.splitlines()[1:]
    module.write_text("module old\n", encoding="utf-8")
    before = (learner_filters() / "go.mod").stat().st_mtime_ns
    assert module.read_text("utf-8").startswith("module filters\n")
    learner_filters()
    assert module.stat().st_mtime_ns == before  # the same is not written again


@pytest.mark.fault("A filter is named that is not there")
def test_a_filter_is_found_by_its_name(work: Path, fault: TellFault) -> None:
    assert filter_folder("token") == repository_folder() / "filter" / "token"
    assert filter_folder("filter/token") == repository_folder() / "filter" / "token"
    start_filter("mine")
    assert filter_folder("mine") == work / "filters" / "mine"
    with pytest.raises(ConfigurationError, match="no filter 'yours'") as caught:
        filter_folder("yours")
    assert 'start_filter("yours")' in caught.value.hint
    fault(caught.value, kept="everything")
