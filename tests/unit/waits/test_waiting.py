"""What a person waits for is said as long as they wait, with how long it took last time."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lab_helpers.folders import cache_folder
from lab_helpers.waits import told_elsewhere, waiting
from lab_helpers.waits.lasted import lasted, note_lasted
from lab_helpers.waits.tellers import Teller, Told


class Kept(Teller):
    """Keep what is said."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []

    def tell(self, told: Told) -> None:
        self.said.append((told.what, told.before))

    def end(self) -> None:
        self.said.append(("", ""))


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CACHE", os.fspath(tmp_path))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept()
    monkeypatch.setattr("lab_helpers.waits.progress.teller_here", lambda: kept)
    return kept


def test_what_lasted_is_told_the_next_time(kept: Kept) -> None:
    with waiting("Compiling", "compile", "5 s"):
        pass
    note_lasted("compile", 6.24)
    with waiting("Compiling", "compile", "5 s"):
        pass
    with waiting("Something"):
        pass
    assert kept.said == [
        ("Compiling", "usually 5 s"),
        ("", ""),
        ("Compiling", "6.2 s last time"),
        ("", ""),
        ("Something", ""),
        ("", ""),
    ]


def test_a_wait_inside_of_another_is_told_behind_it(kept: Kept) -> None:
    with waiting("Checking"):
        with waiting("Compiling", "compile"):
            pass
        with waiting("Starting"):
            pass
    assert [what for what, _ in kept.said] == [
        "Checking",
        "Checking: Compiling",
        "Checking",
        "Checking: Starting",
        "Checking",
        "",
    ]
    assert lasted("compile") is not None


def test_what_fails_is_taken_away_and_its_length_is_no_measure(kept: Kept) -> None:
    with pytest.raises(ValueError, match="bad"), waiting("Compiling", "compile"):
        raise ValueError("bad")
    assert kept.said[-1] == ("", "")
    assert lasted("compile") is None
    with waiting("Again"):
        pass
    assert [what for what, _ in kept.said] == ["Compiling", "", "Again", ""]


def test_what_has_a_bar_of_its_own_and_other_threads_say_nothing(kept: Kept) -> None:
    with told_elsewhere(), waiting("Compiling", "compile"):
        pass

    def compile_beside() -> None:
        with waiting("Compiling", "beside"):
            pass

    thread = threading.Thread(target=compile_beside)
    thread.start()
    thread.join()
    assert kept.said == []
    assert lasted("compile") is not None
    assert lasted("beside") is not None


@pytest.mark.parametrize("content", ["{", "[1]", '{"compile": "long"}', "\0\0"])
def test_what_is_damaged_is_made_anew(content: str) -> None:
    (cache_folder() / "lasted.json").write_text(content)
    assert lasted("compile") is None
    note_lasted("compile", 3)
    assert lasted("compile") == 3


def test_only_the_last_are_kept() -> None:
    for number in range(250):
        note_lasted(f"compile {number}", number)
    assert lasted("compile 49") is None
    assert lasted("compile 50") == 50
    assert lasted("compile 249") == 249


def test_where_nothing_can_be_kept_nothing_is_remembered() -> None:
    (cache_folder() / "lasted.json").mkdir()
    note_lasted("compile", 3)
    assert lasted("compile") is None


def test_without_a_folder_to_keep_it_in_work_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kept: Kept
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LAB_CACHE", os.fspath(tmp_path / "file" / "folder"))
    with waiting("Checking", "check"):
        pass
    assert [what for what, _ in kept.said] == ["Checking", ""]


def test_without_a_terminal_or_a_page_nobody_is_told() -> None:
    code = "from lab_helpers.waits.tellers import teller_here; print(teller_here())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "None\n"


def test_a_terminal_shows_it_and_keeps_nothing_of_it() -> None:
    code = """if True:
        import time
        from lab_helpers.waits import waiting
        with waiting("Compiling [token]", "", "5 s"):
            with waiting("by hand"):
                time.sleep(0.5)  # as long as the work takes that is waited for
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(theirs)
        seen = b""
        while piece := _read(ours):
            seen += piece
        assert process.wait() == 0
    os.close(ours)
    said = seen.decode()
    assert "Compiling [token]: by hand (usually 5 s)" in said
    assert "0:00:00" in said
    assert said.rstrip().endswith("\x1b[2K")  # the line is wiped


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux's word for an end of a terminal that nobody holds any more
        return b""
