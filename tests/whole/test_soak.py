"""The short form of `make soak`: load while the service fails, a filter is reloaded and crashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.soak import Soak
from tests.torture.leftovers import Traces
from tests.torture.round import temporary_files_in

SECONDS = 25.0
SEED = 1
RELOAD_EVERY_S = 3.0


def test_every_response_is_accounted_for_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / "runs"))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with temporary_files_in(temporary):
        traces = Traces(temporary, set)
        story = Soak(SEED, RELOAD_EVERY_S).run(SECONDS)
        assert traces.left() == []
    assert story.unexplained == []
    assert story.reloads >= 2
    assert story.crashes
