from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import cache_folder, runs_folder, work_folder
from tests.rooted import read_only


@pytest.mark.parametrize(
    ("variable", "folder"),
    [("LAB_CACHE", cache_folder), ("LAB_RUNS", runs_folder), ("LAB_WORK", work_folder)],
)
def test_a_folder_that_cannot_be_made_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, folder: Callable[[], Path]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file" / "below"))
    with pytest.raises(ConfigurationError, match="cannot make its folder") as caught:
        folder()
    assert variable in caught.value.hint
    monkeypatch.setenv(variable, str(tmp_path / "new" / "folder"))
    assert folder().is_dir()


def test_runs_are_kept_in_the_cache_and_are_their_owners_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_RUNS")
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    assert runs_folder() == tmp_path / "runs"
    assert runs_folder().stat().st_mode & 0o777 == 0o700


def test_in_anothers_cache_runs_are_in_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a hub, where all take the tools from one cache."""
    monkeypatch.delenv("LAB_RUNS")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "shared"))
    own = tmp_path / "own" / "envoy-wasm-lab" / "runs"
    with read_only(cache_folder()):
        assert runs_folder() == own
    assert own.stat().st_mode & 0o777 == 0o700
    anothers = cache_folder("runs")
    anothers.chmod(0o700)
    os.chown(anothers, 65534, 65534)
    assert runs_folder() == own
    os.chown(anothers, os.getuid(), os.getgid())
    assert runs_folder() == anothers
