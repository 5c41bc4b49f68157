"""Leftovers: found by their owner's name, cleared when the owner is gone, and only then."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from lab_helpers.folders import runs_folder
from lab_helpers.launch.runs import clear_leftovers, note_processes, open_run, remove_run


@pytest.fixture(autouse=True)
def no_other_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_RUNS", str(tmp_path))


def disown(folder: Path) -> None:
    """Make the folder look as if the process that opened it had died."""
    note = json.loads((folder / "owner.json").read_text())
    note["owner"] = [note["owner"][0], 1.0]
    (folder / "owner.json").write_text(json.dumps(note))


def test_what_belongs_to_a_living_process_stays() -> None:
    folder = open_run()
    assert clear_leftovers() == 0
    assert folder.is_dir()
    remove_run(folder)
    remove_run(folder)
    assert not folder.exists()


def test_an_orphan_is_ended_and_its_folder_removed() -> None:
    folder = open_run()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as orphan:
        note_processes(folder, orphan.pid)
        disown(folder)
        assert clear_leftovers() == 1
        assert not psutil.pid_exists(orphan.pid)
    assert not folder.exists()


def test_a_process_id_that_another_program_got_is_left_alone() -> None:
    folder = open_run()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        note_processes(folder, other.pid)
        note = json.loads((folder / "owner.json").read_text())
        note["processes"][0][1] -= 5.0
        (folder / "owner.json").write_text(json.dumps(note))
        disown(folder)
        assert clear_leftovers() == 0
        assert psutil.pid_exists(other.pid)
        other.kill()


def test_a_note_cut_short_by_a_crash_is_a_leftover() -> None:
    folder = open_run()
    (folder / "owner.json").write_text('{"owner": [1')
    clear_leftovers()
    assert not folder.exists()


def test_a_folder_that_is_being_made_is_left_alone() -> None:
    unfinished = runs_folder() / ".new-now"
    unfinished.mkdir()
    clear_leftovers()
    assert unfinished.is_dir()
