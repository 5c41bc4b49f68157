"""Other code and other settings in a container: a folder is mounted for them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LaunchError
from lab_helpers.folders import repository_folder
from tests.conftest import TellFault
from tests.docker.standin_images import DISTROLESS, WITH_SHELL

Launch = Callable[..., Envoy]


def tags(envoy: Envoy) -> list[str]:
    """Return which VM each worker answers with; "" where the filter does not say."""
    return [dict(answer.headers).get("x-wasm-vm", "") for answer in envoy.ask_every_worker()]


@pytest.mark.parametrize("image", [WITH_SHELL, DISTROLESS])
def test_a_container_takes_code_and_settings(
    launch: Launch, token_module: Module, image: str
) -> None:
    hello = compile_filter(repository_folder() / "filter" / "hello", reuse=True)
    envoy = launch(image=image)
    envoy.wait_for_tokens()
    before = tags(envoy)
    assert envoy.configure({"tick_ms": 300}).vms == 4
    assert set(tags(envoy)).isdisjoint(before)
    envoy.wait_for_tokens()
    envoy.reload(hello)
    assert tags(envoy) == ["", ""]
    envoy.reload(token_module)
    now = envoy.wait_for_tokens()
    assert [thread.vms_alive for thread in now.threads] == [1, 1, 1]
    assert tags(envoy) == [thread.vm for thread in envoy.snapshot().workers]


@pytest.mark.fault("A file that is no filter is reloaded into an Envoy in a container")
def test_a_module_that_is_no_filter_is_refused_and_the_old_one_serves_on(
    launch: Launch, tmp_path: Path, fault: TellFault
) -> None:
    envoy = launch()
    envoy.wait_for_tokens()
    before = tags(envoy)
    plain = tmp_path / "plain.wasm"
    plain.write_bytes(b"\0asm\1\0\0\0")
    with pytest.raises(LaunchError, match="exports no version of Proxy-Wasm") as caught:
        envoy.reload(plain)
    fault(caught.value, kept="the module that ran serves on")
    assert tags(envoy) == before
    assert envoy.figures().vms == 4
