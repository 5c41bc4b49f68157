"""What Docker is told of an Envoy's container, without a daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab_helpers.docker_engine.engine import Engine
from lab_helpers.launch.docker.options import envoy_options
from lab_helpers.launch.interface import LaunchPlan

ENGINE = Engine(version="27", in_vm=False, gateway="172.17.0.1", selinux=False)


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    plan = LaunchPlan(folder=tmp_path, wasm=tmp_path / "gone.wasm", workers=2)
    return envoy_options(plan, "envoy:latest", ENGINE, ["-c", "x"], serving=True)


def test_a_file_that_went_at_the_last_moment_becomes_no_folder(options: dict[str, Any]) -> None:
    """With `volumes` Docker makes a folder of a file that is missing; a mount is refused."""
    assert "volumes" not in options
    assert [(mount["Type"], mount["ReadOnly"]) for mount in options["mounts"]] == [
        ("bind", True),
        ("bind", True),
    ]


def test_the_user_is_a_number(options: dict[str, Any]) -> None:
    """An image without a shell may have no list of names to look one up in."""
    assert options["user"] == "101:101"


def test_docker_does_not_remove_it_with_its_last_words(options: dict[str, Any]) -> None:
    assert not options.keys() & {"auto_remove", "remove"}
