"""The short form of `make torture` in Docker; no container is left, as after every test here."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.launch.docker import DockerLauncher
from tests.docker.own_dockerd import OwnDockerd
from tests.torture.docker_faults import docker_faults
from tests.torture.round import Torture

SECONDS = 30.0
SEED = 1


# docker-py leaves a socket open when it cannot connect, as where the daemon is killed.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("docker_client")
def test_the_lab_comes_back_from_random_faults_and_leaves_nothing(
    dockerd: OwnDockerd | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / "runs"))
    torture = Torture(SEED, tmp_path, say=print)
    faults = docker_faults(dockerd)
    others = dockerd.processes if dockerd else set
    assert torture.run(SECONDS, faults, DockerLauncher(), 2, others) == []
    assert set(torture.done) == {fault.__name__ for fault in faults}
