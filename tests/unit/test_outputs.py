"""A file that a person names: refused before the work that would make it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.outputs import output_file

LAB = [sys.executable, "-m", "lab_helpers.commands.cli"]


def test_its_folder_is_made(tmp_path: Path) -> None:
    target = output_file(tmp_path / "new" / "folder" / "x.wasm")
    assert target == tmp_path / "new" / "folder" / "x.wasm"
    assert target.parent.is_dir()
    assert not target.exists()


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert output_file("~/x.png") == tmp_path / "x.png"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is a folder"):
        output_file(tmp_path)


@pytest.mark.parametrize("place", ["below a file", "/proc"])
def test_a_place_where_nobody_can_write_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    target = Path("/proc/x.json") if place == "/proc" else tmp_path / "file" / "x.json"
    with pytest.raises(ConfigurationError, match=r"x\.json cannot be written") as caught:
        output_file(target)
    assert caught.value.quote
    assert caught.value.hint == "name a file in a folder that is yours"


@pytest.mark.parametrize(
    "words",
    [
        ("demo", "--json"),
        ("demo", "--picture"),
        ("build", "filter/token", "-o"),
        ("bundle", "-o"),
    ],
)
def test_each_command_says_so_at_once(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "file").touch()
    said = subprocess.run(
        [*LAB, *words, str(tmp_path / "file" / "x.png")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 1
    assert "x.png cannot be written" in said.stderr
    assert "Traceback" not in said.stderr
    assert said.stdout == ""
