"""The short form of `make torture` on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.faults import FAULTS
from tests.torture.round import Torture

SECONDS = 30.0
SEED = 1


def test_the_lab_comes_back_from_random_faults_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / "runs"))
    torture = Torture(SEED, tmp_path, say=print)
    assert torture.run(SECONDS, FAULTS) == []
    assert set(torture.done) == {fault.__name__ for fault in FAULTS}
