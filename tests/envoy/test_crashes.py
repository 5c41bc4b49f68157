"""A filter that panics, under each failure policy; and code as the article has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.board.events import Panicked, VmFailed
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LaunchError
from tests.edited_filters import edited, panicking_at_the_third_tick

Launch = Callable[..., Envoy]
SETTINGS = {"tick_ms": 300, "vm_header": "x-wasm-vm"}


@pytest.fixture(scope="module")
def panicking(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return panicking_at_the_third_tick(tmp_path_factory.mktemp("panicking"))


def crashed(envoy: Envoy) -> None:
    envoy.wait_until(
        lambda now: (
            len([line for line in now.lines if isinstance(line, VmFailed)]) >= envoy.workers + 1
        ),
        "every VM has crashed",
    )


def test_fail_closed_answers_503_and_the_board_says_why(launch: Launch, panicking: Module) -> None:
    envoy = launch(panicking, settings=SETTINGS, failure_policy="FAIL_CLOSED")
    envoy.wait_for_tokens()
    crashed(envoy)
    picture = envoy.snapshot()
    for thread in picture.threads:
        assert thread.failure.startswith("proxy_on_tick: Uncaught RuntimeError: unreachable")
        assert thread.ticks == 2
    assert any(isinstance(line, Panicked) and "on purpose" in line.reason for line in picture.lines)
    assert [answer.status for answer in envoy.ask_every_worker()] == [503, 503]
    assert envoy.running


def test_fail_open_answers_without_the_filter(launch: Launch, panicking: Module) -> None:
    envoy = launch(panicking, settings=SETTINGS, failure_policy="FAIL_OPEN")
    crashed(envoy)
    for answer in envoy.ask_every_worker():
        assert answer.status == 200
        assert "x-wasm-filter" not in answer.headers


def test_fail_reload_brings_a_new_vm_on_the_next_request(launch: Launch, panicking: Module) -> None:
    envoy = launch(panicking, settings=SETTINGS, failure_policy="FAIL_RELOAD")
    before = envoy.wait_for_tokens()
    crashed(envoy)

    def replaced(name: str) -> bool:
        # Only a request wakes Envoy up to the reload, and the first ones may still be refused.
        envoy.ask(name)
        thread = envoy.snapshot().thread(name)
        return thread.vm != before.thread(name).vm and not thread.failure

    for worker in ("worker_0", "worker_1"):
        envoy.wait_until(lambda _now, worker=worker: replaced(worker), f"{worker} is back")  # type: ignore[misc]
    assert envoy.figures().reloads >= 2
    # Nothing is ever asked of the main thread, so its VM stays dead.
    assert envoy.snapshot().thread("main").failure


def test_code_that_registers_in_main_is_refused_with_the_way_out(
    launch: Launch, tmp_path: Path
) -> None:
    article = edited(tmp_path, "hello/main.go", "func init() {\n", "func register() {\n")
    with pytest.raises(LaunchError, match="did not register with the SDK") as caught:
        launch(article)
    assert "nil pointer dereference" in caught.value.quote
    assert any("failed to load" in line for line in caught.value.log_tail)
    assert "in init(), not in main()" in caught.value.hint
    assert "-buildmode=c-shared" in caught.value.hint
