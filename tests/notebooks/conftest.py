"""What the tests of the notebooks share: a folder for the learner's work, and what is left over."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lab_helpers.folders import repository_folder, runs_folder


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A work folder of this test's own, for this process and for the kernels that it starts."""
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("PYTHONWARNINGS", "default")  # `error` is for our tests, not for a kernel
    return tmp_path / "work"


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Hold a test to leaving no process, no running Envoy's folder and no file in the checkout."""
    before = _files()
    children = set(psutil.Process().children(recursive=True))
    runs = set(runs_folder().iterdir())
    yield
    assert set(psutil.Process().children(recursive=True)) - children == set()
    assert set(runs_folder().iterdir()) - runs == set()
    assert _files() == before


def _files() -> dict[str, float]:
    """Return the checkout's files outside of what git ignores, with their times."""
    root = repository_folder()
    folders = [root / name for name in ("notebooks", "filter", "envoy")]
    return {
        os.fspath(file): file.stat().st_mtime
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
