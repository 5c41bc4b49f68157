"""Leftovers: found by their owner's name, cleared when the owner is gone, and only then."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import runs_folder
from lab_helpers.launch.runs import clear_leftovers, note_processes, open_run, remove_run
from lab_helpers.owner import Owner
from tests.conftest import TellFault
from tests.rooted import need_root


@pytest.fixture(autouse=True)
def no_other_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_RUNS", str(tmp_path))


def rewrite(folder: Path, **changed: object) -> None:
    """Change a run's note."""
    note = json.loads((folder / "owner.json").read_text())
    (folder / "owner.json").write_text(json.dumps(note | changed))


def disown(folder: Path) -> None:
    """Make the folder look as if the process that opened it had died."""
    rewrite(folder, owner=str(dataclasses.replace(Owner.this_process(), started=1.0)))


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


def test_an_orphan_that_has_ended_by_itself_is_not_counted() -> None:
    folder = open_run()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        note_processes(folder, ended.pid)
    disown(folder)
    assert clear_leftovers() == 0
    assert not folder.exists()


def test_a_process_id_that_another_program_got_is_left_alone() -> None:
    folder = open_run()
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        note_processes(folder, other.pid)
        earlier = Owner.of(other.pid)
        earlier = dataclasses.replace(earlier, started=earlier.started - 5.0)
        rewrite(folder, processes=[str(earlier)])
        disown(folder)
        assert clear_leftovers() == 0
        assert psutil.pid_exists(other.pid)
        other.kill()


@pytest.mark.parametrize("text", ['{"owner": [1', "[]", '{"owner": [1, 2.0]}', "null"])
def test_a_note_that_nobody_can_read_is_a_leftover(text: str) -> None:
    folder = open_run()
    (folder / "owner.json").write_text(text)
    clear_leftovers()
    assert not folder.exists()


@pytest.mark.parametrize(
    "change",
    [{"started": Owner.this_process().started + 1.0}, {"host": "elsewhere", "pid": 1}],
    ids=["the clock was set", "another machine shares the folder"],
)
def test_an_owner_that_may_live_is_left_alone(change: dict[str, Any]) -> None:
    folder = open_run()
    rewrite(folder, owner=str(dataclasses.replace(Owner.this_process(), **change)))
    clear_leftovers()
    assert folder.is_dir()


def test_a_note_that_is_being_written_is_never_seen_cut_short() -> None:
    folder = open_run()
    words = "from lab_helpers.launch.runs import clear_leftovers as clear\nprint(clear())"
    looping = [sys.executable, "-u", "-c", f"{words}\nwhile True: clear()"]
    with subprocess.Popen(looping, stdout=subprocess.PIPE, text=True) as clearing:
        try:
            assert clearing.stdout is not None
            assert clearing.stdout.readline() == "0\n"
            for _ in range(1000):
                note_processes(folder, os.getpid())
        finally:
            clearing.kill()
    assert folder.is_dir()


def test_two_that_remove_a_run_at_once_do_not_meet() -> None:
    folders = [open_run() for _ in range(200)]
    with ThreadPoolExecutor(4) as several:
        for _ in range(2):
            list(several.map(remove_run, [*folders, *folders]))
    assert list(runs_folder().iterdir()) == []


def test_a_folder_that_is_being_made_and_a_stray_file_are_left_alone() -> None:
    unfinished, stray = runs_folder() / ".unfinished-now", runs_folder() / "notes.txt"
    unfinished.mkdir()
    stray.write_text("mine")
    clear_leftovers()
    assert unfinished.is_dir()
    assert stray.is_file()


def test_a_folder_that_a_crash_left_half_made_is_removed_an_hour_later() -> None:
    unfinished = runs_folder() / ".unfinished-old"
    unfinished.mkdir()
    long_ago = time.time() - 3700
    os.utime(unfinished, (long_ago, long_ago))
    clear_leftovers()
    assert not unfinished.exists()


STRANGER = 65_534


def as_if_left(processes: list[Owner]) -> dict[str, object]:
    """A note whose owner is gone, and which names processes."""
    gone = dataclasses.replace(Owner.this_process(), started=1.0)
    return {"owner": str(gone), "processes": [str(one) for one in processes]}


@pytest.mark.parametrize("whose", ["folder", "note"])
def test_a_note_of_another_user_ends_nothing(tmp_path: Path, whose: str) -> None:
    need_root("make files of another user")
    run = tmp_path / "run"
    run.mkdir(0o755)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as mine:
        note = run / "owner.json"
        note.write_text(json.dumps(as_if_left([Owner.of(mine.pid)])), "utf-8")
        os.chown(run if whose == "folder" else note, STRANGER, STRANGER)
        assert clear_leftovers() == 0
        assert mine.poll() is None
        mine.kill()
    assert run.exists() == (whose == "folder")  # what is in my own folder is mine to remove


@pytest.mark.parametrize("thing", ["link", "pipe", "folder", "bytes", "deep", "numbers"])
def test_rubbish_among_the_runs_neither_stops_the_clearing_nor_leads_out(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, thing: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "owner.json").write_text(json.dumps(as_if_left([])), "utf-8")
    (tmp_path / "a-file").write_text("{", "utf-8")
    (tmp_path / "linked").symlink_to(outside)
    (tmp_path / "to-itself").symlink_to(tmp_path / "to-itself")
    run = tmp_path / "run"
    run.mkdir()
    note = run / "owner.json"
    match thing:
        case "link":
            note.symlink_to(outside / "owner.json")
        case "pipe":
            os.mkfifo(note)
        case "folder":
            note.mkdir()
        case "bytes":
            note.write_bytes(b"\xff\xfe")
        case "deep":
            note.write_text("[" * 100_000, "utf-8")
        case "numbers":
            note.write_text(json.dumps({"owner": "[-1, 1e999, 0, 0]", "processes": ["[0,0,0,0]"]}))
    assert clear_leftovers() == 0
    assert (outside / "owner.json").exists()
    assert not run.exists()
    assert (tmp_path / "linked").is_symlink()


@pytest.mark.fault("The runs folder (LAB_RUNS) belongs to another user")
def test_a_runs_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    need_root("make a folder of another user")
    theirs = tmp_path / "theirs"
    theirs.mkdir(0o777)
    os.chown(theirs, STRANGER, STRANGER)
    monkeypatch.setenv("LAB_RUNS", str(theirs))
    for call in (open_run, clear_leftovers):
        with pytest.raises(ConfigurationError, match="belongs to the user 65534") as caught:
            call()
    fault(caught.value, kept="everything")
    assert list(theirs.iterdir()) == []


def test_a_runs_folder_that_is_open_to_others_is_narrowed_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = tmp_path / "wide"
    wide.mkdir()
    wide.chmod(0o777)
    monkeypatch.setenv("LAB_RUNS", str(wide))
    with pytest.warns(UserWarning, match="was open to other users"):
        remove_run(open_run())
    assert wide.stat().st_mode & 0o777 == 0o700
    remove_run(open_run())  # and not said again


def test_nothing_is_writable_for_all_whatever_the_umask(tmp_path: Path) -> None:
    """A compile and a start, in a shell whose umask is 000."""
    code = (
        "from lab_helpers import Envoy, compile_filter, start_filter\n"
        "start_filter('mine')\n"
        "module = compile_filter('mine', compiler='go')\n"
        "Envoy(module, workers=1).validate()\n"
    )
    places = {name: str(tmp_path / name.lower()) for name in ("LAB_WORK", "LAB_CACHE", "LAB_RUNS")}
    done = subprocess.run(
        ["sh", "-c", f'umask 000; exec "{sys.executable}" -c "$CODE"'],
        env=os.environ | places | {"CODE": code},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made = [each for each in tmp_path.rglob("*") if not each.is_symlink()]
    assert len(made) > 5
    assert [each for each in made if each.lstat().st_mode & 0o002] == []
