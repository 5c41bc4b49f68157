"""What the tests of the lessons share: a work folder of their own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's work folder of this test's own."""
    folder = tmp_path / "work"
    monkeypatch.setenv("LAB_WORK", str(folder))
    for name in ("LAB_PERSON", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    return folder
