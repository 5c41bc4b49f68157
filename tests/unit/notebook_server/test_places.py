"""What the server shows from elsewhere, and that nothing leads out of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tornado.web import HTTPError

from lab_helpers.folders import repository_folder
from lab_helpers.notebook_server.places import Places

LAB = repository_folder()


@pytest.fixture
def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / ".seats" / "ada"
    monkeypatch.setenv("LAB_WORK", str(folder))
    return folder


def test_in_the_labs_folder_only_a_work_folder_elsewhere_is_added(
    seat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = Places(str(LAB))
    assert places.file_of("work/lessons/a.ipynb") == seat / "lessons" / "a.ipynb"
    (shown,) = places.elsewhere
    assert shown == "work"
    assert places.file_of(f"/{shown}/") == seat
    assert places.file_of("filter/hello/main.go") is None
    assert places.path_of(seat / "lessons") == "work/lessons"
    assert places.path_of(LAB / "notebooks") == "notebooks"
    monkeypatch.delenv("LAB_WORK")
    assert Places(str(LAB)).elsewhere == {}


def test_in_a_persons_home_the_labs_files_are_beside_the_work_folder(
    seat: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    places = Places(str(home))
    assert places.file_of("work/lessons") == seat / "lessons"
    assert places.file_of("filter/hello/main.go") == LAB / "filter" / "hello" / "main.go"
    assert places.path_of(LAB / "notebooks") == ""


def test_a_folder_of_the_persons_own_is_not_hidden_by_it(seat: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("work", "filter"):
        (home / name).mkdir(parents=True)
    places = Places(str(home))
    assert places.file_of("work/mine.txt") is None
    assert places.file_of("filter/mine.go") is None
    assert places.path_of(seat / "lessons") == "lab-work/lessons"


@pytest.mark.parametrize("path", ["work/../../secret", "work/a/../../b", "work/.."])
def test_no_way_leads_out_of_it(seat: Path, path: str) -> None:
    with pytest.raises(HTTPError) as caught:
        Places(str(LAB)).file_of(path)
    assert caught.value.status_code == 404
