"""The way from a notebook to a file: from a copy of a lesson, and from the lab's own lesson."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.shown.links import link_to

ROOT = repository_folder()
OURS = ROOT / "filter" / "hello" / "main.go"


@pytest.mark.parametrize("named", [True, False])
def test_a_copy_finds_the_labs_files_and_ones_own(
    work: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    lesson = work / "lessons" / "02_write_the_filter.ipynb"
    lesson.parent.mkdir(parents=True)
    if named:
        monkeypatch.setenv("JPY_SESSION_NAME", str(lesson))
    else:  # as in VS Code
        monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
        monkeypatch.chdir(lesson.parent)
    assert link_to(OURS) == "../../filter/hello/main.go"
    assert link_to(work / "filters" / "mine" / "tick.go") == "../filters/mine/tick.go"
    assert link_to(Path("/elsewhere/main.go")) == ""


def test_the_labs_own_lesson_finds_the_labs_files(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(ROOT / "notebooks")
    assert link_to(OURS) == "../filter/hello/main.go"
    assert (Path.cwd() / link_to(OURS)).resolve() == OURS
    assert link_to(work / "filters" / "mine" / "tick.go") == ""
