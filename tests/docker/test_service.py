"""The service, the filter that crashes and the one for the upstream, in a container: as here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab_helpers.board.telling import tell_token
from lab_helpers.board.telling_failures import tell_failures
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.errors import TrafficError
from lab_helpers.folders import repository_folder
from tests.calls import measures

Launch = Callable[..., Envoy]
FILTERS = repository_folder() / "filter"


def test_one_call_a_period_serves_every_worker_of_a_container(launch: Launch) -> None:
    service = compile_filter(FILTERS / "service", reuse=True)
    settings = {"tick_ms": 300, "vm_header": "x-wasm-vm"}
    envoy = launch(service, configuration="service.yaml", settings=settings)
    envoy.wait_for_tokens()
    measures(envoy, calls_per_period=1)
    for answer in envoy.ask_every_worker():
        assert envoy.token_api.verify(answer.headers["x-auth"]).valid
    picture = envoy.wait_until(
        lambda now: all(thread.token for thread in now.workers), "what each worker read is told"
    )
    main = picture.thread("main")
    assert [thread.ticks for thread in picture.workers] == [0, 0]
    assert f"where {main.vm}.service put it" in tell_token(picture, picture.workers[0]).why


def test_a_crash_and_its_reload_in_a_container(launch: Launch) -> None:
    crash = compile_filter(FILTERS / "crash", reuse=True)
    envoy = launch(crash, settings=None, failure_policy="FAIL_RELOAD", reload_backoff_s=0.1)
    envoy.ask_every_worker()
    assert envoy.ask("worker_1", headers={"x-crash": "response_headers"}).status == 503
    envoy.wait_until(lambda _now: envoy.ask("worker_1").status == 200, "a new VM answers")
    picture = envoy.wait_until(
        lambda now: now.thread("worker_1").vms == 2, "the board knows the new one"
    )
    told, others = tell_failures(picture)
    assert "of worker_1 failed in proxy_on_response_headers." in told
    assert told.endswith("took its place.")
    assert others == "No VM has failed on worker_0, main."
    assert envoy.figures().reloads == 1


def test_a_loop_without_end_in_a_container_is_ended(
    launch: Launch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab_helpers.envoy.connection._TIMEOUT_S", 3.0)
    envoy = launch(compile_filter(FILTERS / "crash", reuse=True), settings=None)
    asked = {"x-crash": "request_headers", "x-crash-how": "loop"}
    with pytest.raises(TrafficError, match=r"worker_0 did not answer.* loop"):
        envoy.ask("worker_0", headers=asked)
    assert envoy.ask("worker_1").status == 200
    envoy.stop()
    assert not envoy.running


def test_the_token_goes_to_the_upstream_of_a_container(launch: Launch) -> None:
    upstream = compile_filter(FILTERS / "upstream", reuse=True)
    envoy = launch(upstream, configuration="upstream.yaml", settings={"tick_ms": 300})
    envoy.wait_for_tokens()
    for answer in envoy.ask_every_worker(headers={"authorization": "Bearer forged.by.me"}):
        assert (answer.status, "authorization" in answer.headers) == (200, False)


def test_the_gate_in_a_container(launch: Launch) -> None:
    gate = compile_filter(FILTERS / "gate", reuse=True)
    envoy = launch(gate, configuration="gate.yaml", settings=None)
    assert envoy.ask("worker_0").status == 403
    for answer in envoy.ask_every_worker(headers={"x-api-key": "open-sesame"}):
        assert (answer.status, answer.text) == (
            200,
            "Hello from behind the gate. You asked for /\n",
        )
