"""Filters in C and Rust, in a container: as on this machine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab_helpers.compiling.modules import read_module
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder

Launch = Callable[..., Envoy]


@pytest.mark.parametrize("name", ["hello_c", "hello_rust"])
def test_each_worker_of_a_container_runs_it(launch: Launch, name: str) -> None:
    # The one that lies beside its source: that it is what its compiler makes is tested elsewhere.
    module = read_module(repository_folder() / "filter" / name / "prebuilt" / f"{name}.wasm")
    envoy = launch(module, workers=2, settings=None)
    said = [answer.headers["x-wasm-filter"] for answer in envoy.ask_every_worker()]
    assert said == ["hello from wasm"] * 2
    assert '"x-wasm-filter", 15 bytes' in envoy.follow("worker_1").words
