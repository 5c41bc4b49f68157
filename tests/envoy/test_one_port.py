"""Two that start at one moment and want one port: one has it, and the other hears so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy, order
from lab_helpers.errors import LaunchError
from lab_helpers.launch.ports import check_ports, spare_port
from tests.conftest import TellFault


def start_together(
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[], Envoy],
) -> tuple[list[Envoy], list[LaunchError]]:
    """Start two once both have found the port free; return those that run, and what is said."""
    both_looked = threading.Barrier(2)

    def check_and_wait(*given: Any) -> None:
        check_ports(*given)
        both_looked.wait(60)

    monkeypatch.setattr(order, "check_ports", check_and_wait)

    def start(envoy: Envoy) -> LaunchError | None:
        try:
            envoy.start()
        except LaunchError as error:
            return error
        return None

    envoys = [make(), make()]
    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(start, envoys))
    return [each for each in envoys if each.running], [error for error in said if error]


@pytest.mark.fault("Two Envoys that are started at one moment want one port")
def test_a_listeners_port_is_one_envoys_alone(
    token_module: Module, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    port = spare_port()
    running, said = start_together(
        monkeypatch, lambda: Envoy(token_module, workers=1, port=port, launcher="native")
    )
    try:
        (one,), (error,) = running, said
        assert f":{port}" in error.what
        assert "taken" in error.what
        assert one.ask("worker_0").status == 200
        fault(error, kept="the one that came first")
    finally:
        for each in running:
            each.stop()


def test_an_admin_port_is_one_envoys_alone(
    token_module: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = spare_port()
    running, said = start_together(
        monkeypatch, lambda: Envoy(token_module, workers=1, admin_port=port, launcher="native")
    )
    try:
        (one,), (error,) = running, said
        assert str(port) in str(error)
        assert one.ask("worker_0").status == 200
    finally:
        for each in running:
            each.stop()
