"""The files that JupyterLab opens and saves, asked for as its page asks."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.copies.folder import begin_anew
from lab_helpers.notebook_server.contents import LabFiles
from lab_helpers.notebook_server.kernels import LabKernels
from tests.unit.lessons.copies.lessons import LESSON, read, texts, with_text, write_in

PATH = f"work/lessons/{LESSON.name}"


@pytest.fixture
def files(work: Path) -> LabFiles:
    return LabFiles(root_dir=str(repository_folder()))


def page_of(files: LabFiles, path: str) -> dict[str, Any]:
    return asyncio.run(files.get(path))


def save(files: LabFiles, path: str, content: dict[str, Any]) -> None:
    asyncio.run(files.save({"type": "notebook", "format": "json", "content": content}, path))


def test_a_lesson_that_is_opened_is_copied_first(files: LabFiles, work: Path) -> None:
    assert not (work / "lessons" / LESSON.name).exists()
    page = page_of(files, PATH)
    assert page["writable"]
    assert [cell["source"] for cell in page["content"]["cells"]] == [
        "".join(cell["source"]) for cell in read(LESSON)["cells"]
    ]
    assert (work / "lessons" / LESSON.name).is_file()


def test_a_page_is_saved_where_the_work_folder_lies(files: LabFiles, work: Path) -> None:
    page = page_of(files, PATH)["content"]
    save(files, PATH, with_text(page, "mine"))
    assert texts(work / "lessons") == {"mine"}
    assert (work / "lessons" / ".ipynb_checkpoints").is_dir()
    listed = page_of(files, "work/lessons")["content"]
    assert [entry["name"] for entry in listed] == [LESSON.name]


def test_an_old_page_that_overwrites_a_newer_one_loses_neither(files: LabFiles, work: Path) -> None:
    page = page_of(files, PATH)["content"]
    begin_anew("02")
    write_in(work / "lessons" / LESSON.name, "new")
    save(files, PATH, with_text(page, "old"))
    assert texts(work / "lessons") == {"old", "new"}


def test_a_change_of_the_disk_is_seen_by_the_page_that_is_open(files: LabFiles) -> None:
    def mark() -> tuple[object, object]:
        found = asyncio.run(files.get(PATH, content=False, require_hash=True))
        return found["last_modified"], found["hash"]

    before = mark()
    assert mark() == before
    begin_anew("02")
    assert mark()[1] != before[1]


def test_the_labs_own_lessons_are_only_read(files: LabFiles) -> None:
    path = f"notebooks/{LESSON.name}"
    before = LESSON.read_bytes()
    page = page_of(files, path)
    assert not page["writable"]
    for change in (
        lambda: save(files, path, with_text(page["content"], "mine")),
        lambda: asyncio.run(files.delete_file(path)),
        lambda: asyncio.run(files.rename_file(path, "notebooks/mine.ipynb")),
        lambda: asyncio.run(files.rename_file("README.md", path)),
    ):
        with pytest.raises(HTTPError, match="LAB_EDIT_LESSONS=1") as caught:
            change()
        assert caught.value.status_code == 403
    assert LESSON.read_bytes() == before


def test_whoever_writes_lessons_may_save_them(
    files: LabFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_EDIT_LESSONS", "1")
    assert page_of(files, f"notebooks/{LESSON.name}")["writable"]


def test_a_work_folder_from_elsewhere_is_listed_and_what_is_hidden_is_not(
    work: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / ".secret").mkdir(parents=True)
    (home / "mine.txt").write_text("mine", encoding="utf-8")
    shown = page_of(LabFiles(root_dir=str(home)), "")["content"]
    assert {entry["name"] for entry in shown} == {"mine.txt", "work", "filter", "envoy"}


def test_a_kernel_begins_in_the_folder_of_its_notebook(files: LabFiles, work: Path) -> None:
    page_of(files, PATH)
    kernels = LabKernels(parent=files)
    kernels.root_dir = str(repository_folder())
    assert kernels.cwd_for_path("work/lessons") == str(work / "lessons")
    assert kernels.cwd_for_path(PATH) == str(work / "lessons")
    assert kernels.cwd_for_path("notebooks") == str(repository_folder() / "notebooks")
