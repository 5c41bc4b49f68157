"""The lab's other filters on every Envoy that it knows: crash, service, gate and upstream."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Outcome
from lab_helpers.folders import repository_folder
from tests.calls import measures

Launch = Callable[..., Envoy]
_KEY = {"x-api-key": "open-sesame"}
# On 1.40 each has a file of tests.
pytestmark = [
    pytest.mark.matrix,
    pytest.mark.parametrize("envoy_of", ["1.36", "1.37", "1.38", "1.39"], indirect=True),
]


@pytest.fixture(autouse=True)
def _that_envoy(envoy_of: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ENVOY", os.fspath(envoy_of))


def module(name: str) -> Module:
    return compile_filter(repository_folder() / "filter" / name, reuse=True)


def test_a_vm_that_crashed_is_made_anew(launch: Launch) -> None:
    settings = {"vm_header": "x-wasm-vm"}
    envoy = launch(
        module("crash"), settings=settings, failure_policy="FAIL_RELOAD", reload_backoff_s=0.1
    )
    before, other = (answer.headers["x-wasm-vm"] for answer in envoy.ask_every_worker())
    crashed = envoy.ask("worker_0", headers={"x-crash": "request_headers"})
    assert (crashed.status, crashed.outcome) == (503, Outcome.VM_FAILED)

    def again(_picture: Snapshot) -> bool:
        return envoy.ask("worker_0").status == 200

    envoy.wait_until(again, "a new VM answers")
    after, same = (answer.headers["x-wasm-vm"] for answer in envoy.ask_every_worker())
    assert after != before
    assert same == other
    assert envoy.figures().reloads == 1


def test_one_call_a_period_serves_every_worker(launch: Launch) -> None:
    envoy = launch(module("service"), configuration="service.yaml", settings={"tick_ms": 300})
    envoy.wait_for_tokens()
    measures(envoy, calls_per_period=1)
    for answer in envoy.ask_every_worker():
        assert envoy.token_api.verify(answer.headers["x-auth"]).valid


def test_the_gate_wants_a_key(launch: Launch) -> None:
    envoy = launch(module("gate"), configuration="gate.yaml")
    statuses = [envoy.ask("worker_0", headers=head).status for head in ({}, _KEY)]
    assert statuses == [403, 200]


def test_the_upstream_gets_the_token(launch: Launch) -> None:
    envoy = launch(module("upstream"), configuration="upstream.yaml", settings={"tick_ms": 200})
    envoy.wait_for_tokens()
    for answer in envoy.ask_every_worker():
        assert (answer.status, "Hello from the upstream" in answer.text) == (200, True)
        assert "authorization" not in answer.headers
