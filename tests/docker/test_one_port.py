"""Two containers that are started at one moment and want one port: one has it."""

from __future__ import annotations

import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.launch.docker import DockerLauncher
from lab_helpers.launch.ports import spare_port
from tests.envoy.test_one_port import start_together


@pytest.mark.usefixtures("docker_client")
def test_a_published_port_is_one_envoys_alone(
    token_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = spare_port()
    running, said = start_together(
        monkeypatch, lambda: Envoy(token_module, workers=1, port=port, launcher=DockerLauncher())
    )
    try:
        (one,), (error,) = running, said
        assert f"Port {port}" in error.what
        assert one.ask("worker_0").status == 200
    finally:
        for each in running:
            each.stop()
