"""The dashboard does not know what runs Envoy: its buttons start, ask and stop a container."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import docker
import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.dashboard import Controls, Dashboard
from lab_helpers.envoy import Envoy
from lab_helpers.launch.docker import DockerLauncher
from tests.docker.conftest import SETTINGS, lab_containers


@pytest.fixture
def dashboard(token_module: Module, docker_client: docker.DockerClient) -> Iterator[Dashboard]:
    """A live dashboard of an Envoy that does not run yet."""
    envoy = Envoy(token_module, workers=1, settings=SETTINGS, launcher="native")
    with Dashboard(envoy).start() as live:
        yield live
        envoy.stop()


def control(controls: Controls, description: str) -> Any:
    """Return the button or field with this description."""
    found = [each for box in controls.children for each in getattr(box, "children", ())]
    return next(each for each in found if each.description == description)


def press(controls: Controls, description: str) -> str:
    """Press a button, wait until it is done, and return what it said."""
    control(controls, description).click()
    for thread in threading.enumerate():
        if thread.name == "dashboard-do":
            thread.join(60)
    assert controls.progress.state == "done", controls.progress.said
    return controls.progress.said


def whole_view(dashboard: Dashboard, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return what a page that opens now is sent, as soon as it is what is wanted."""
    deadline = time.monotonic() + 30
    while not wanted(frame := dashboard.view.complete()):
        assert time.monotonic() < deadline, frame
        time.sleep(0.05)  # between two looks, until the deadline
    return frame


def test_its_buttons_run_a_container(
    dashboard: Dashboard, docker_client: docker.DockerClient
) -> None:
    controls, envoy = dashboard.controls, dashboard.controls._envoy  # noqa: SLF001
    assert control(controls, "Launcher").options == ("native", "docker")
    control(controls, "Launcher").value = "docker"
    control(controls, "Workers").value = "2"
    press(controls, "Start Envoy")
    assert isinstance(envoy.launcher, DockerLauncher)
    assert len(lab_containers(docker_client)) == 1
    envoy.wait_until(
        lambda now: len(now.threads) == 3 and all(thread.ticks for thread in now.threads),
        "a tick on every thread",
    )
    press(controls, "Send to every worker")
    seen = whole_view(dashboard, lambda frame: len(frame.get("answers", ())) == 2)
    assert [thread["name"] for thread in seen["threads"]] == ["worker_0", "worker_1", "main"]
    assert all(thread["ticks"] for thread in seen["threads"])
    control(controls, "Workers").value = "3"
    press(controls, "Restart Envoy")
    assert len(envoy.wait_for_tokens().workers) == 3
    press(controls, "Stop Envoy")
    assert lab_containers(docker_client) == set()
