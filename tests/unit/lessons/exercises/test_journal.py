"""What a person has done: kept whole, whoever writes at the same time."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import filelock
import pytest

from lab_helpers.errors import LabError
from lab_helpers.lessons.exercises import journal
from lab_helpers.lessons.exercises.journal import Attempt, Guess, Record, read_record, update_record
from tests.conftest import TellFault

# Two kernels that count at one exercise: each takes its turn, or counts are lost.
COUNT = """
import dataclasses, sys
from lab_helpers.lessons.exercises.journal import Attempt, update_record

def one_more(record):
    before = record.attempt("02-tick")
    return dataclasses.replace(
        record, exercises={**record.exercises, "02-tick": Attempt(tries=before.tries + 1)}
    )

sys.stdin.readline()
for _ in range(int(sys.argv[1])):
    update_record(one_more)
"""


def with_guess(record: Record) -> Record:
    return dataclasses.replace(record, predictions={"05-calls": Guess(3, 4)})


def test_nothing_done_is_an_empty_record_and_writes_no_file(work: Path) -> None:
    assert read_record() == Record()
    assert read_record().attempt("02-tick") == Attempt()
    assert not (work / "progress.json").exists()


def test_what_is_kept_is_read_again(work: Path) -> None:
    def change(record: Record) -> Record:
        done = {"02-tick": Attempt(2, 1, "2026-01-01T00:00:00Z"), "02-auth": Attempt(3)}
        return dataclasses.replace(with_guess(record), exercises=done)

    written = update_record(change)
    assert read_record() == written
    assert read_record().passed == {"02-tick"}
    kept = json.loads((work / "progress.json").read_text("utf-8"))
    assert kept["version"] == 1
    assert kept["predictions"] == {"05-calls": {"guess": 3, "answer": 4}}
    assert kept["exercises"]["02-tick"]["tries"] == 2


def test_two_notebooks_at_once_lose_nothing(work: Path) -> None:
    times = 40
    children = [
        subprocess.Popen([sys.executable, "-c", COUNT, str(times)], stdin=subprocess.PIPE)
        for _ in range(2)
    ]
    for child in children:  # both have started before either begins
        assert child.stdin is not None
        child.stdin.write(b"\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
        assert child.returncode == 0
    assert read_record().attempt("02-tick").tries == 2 * times
    assert {file.name for file in work.iterdir()} == {".progress.lock", "progress.json"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"person": "", "exercises": {"x": {"trials": 1}}, "predictions": {}}',
        '{"person": "", "exercises": {"x": 1}, "predictions": {}}',
        '{"person": null, "exercises": {}, "predictions": {}}',
        '{"person": "", "exercises": {"x": {"tries": "two"}}, "predictions": {}}',
        '{"person": "", "exercises": {"x": {"passed_at": null}}, "predictions": {}}',
        "\udcff",  # no UTF-8
    ],
)
def test_a_broken_file_is_said_and_left_as_it_is(work: Path, text: str) -> None:
    file = journal.progress_file()
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    for action in (read_record, lambda: update_record(with_guess)):
        with pytest.raises(LabError, match="does not hold what the lab wrote") as caught:
            action()
        assert str(file) in caught.value.what
        assert caught.value.quote
        assert "rename it" in caught.value.hint
    assert file.read_bytes() == text.encode("utf-8", "surrogateescape")


@pytest.mark.fault("Progress cannot be written")
def test_a_file_that_cannot_be_used_is_a_lab_error(work: Path, fault: TellFault) -> None:
    journal.progress_file()
    (work / ".progress.lock").mkdir()
    with pytest.raises(LabError, match="cannot be kept") as caught:
        update_record(with_guess)
    assert "LAB_WORK" in caught.value.hint
    (work / ".progress.lock").rmdir()
    (work / "progress.json").mkdir()
    with pytest.raises(LabError, match="cannot be kept"):
        update_record(with_guess)
    assert list(work.glob(".progress-*")) == []  # what was written beside is gone
    fault(caught.value, kept="the check's own words")


def test_a_notebook_that_holds_the_file_is_waited_for_and_then_named(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_LOCK_S", 0.01)
    lock = filelock.FileLock(journal.progress_file().with_name(".progress.lock"))
    with lock, pytest.raises(LabError, match="Another notebook has held"):
        update_record(with_guess)
    update_record(with_guess)
    assert read_record().predictions == {"05-calls": Guess(3, 4)}


def test_a_change_that_fails_leaves_the_file_and_nothing_beside_it(work: Path) -> None:
    update_record(with_guess)

    def fail(record: Record) -> Record:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        update_record(fail)
    with pytest.raises(TypeError):  # JSON has no such key
        update_record(lambda record: dataclasses.replace(record, exercises={(1, 2): Attempt()}))  # type: ignore[dict-item]
    assert read_record().predictions == {"05-calls": Guess(3, 4)}
    assert {file.name for file in work.iterdir()} == {".progress.lock", "progress.json"}


def test_another_user_may_collect_the_file(work: Path) -> None:
    update_record(with_guess)
    assert (work / "progress.json").stat().st_mode & 0o777 == 0o644


def test_whose_it_is_comes_from_the_environment_first(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "seat-7")
    assert read_record().person == "seat-7"
    monkeypatch.setenv("LAB_PERSON", "Ada")
    assert update_record(with_guess).person == "Ada"
    for name in ("LAB_PERSON", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name)
    assert read_record().person == "Ada"  # kept, for whoever collects the files
    monkeypatch.setenv("LAB_PERSON", "Grace")
    assert read_record().person == "Grace"
