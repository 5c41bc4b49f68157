"""The token on the request to the upstream: a second listener checks it as an upstream would."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import stamina

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Answer
from lab_helpers.folders import repository_folder
from lab_helpers.token_api import Fault
from tests.conftest import TellFault

Launch = Callable[..., Envoy]
UPSTREAM = "upstream.yaml"
SETTINGS = {"tick_ms": 200, "vm_header": "x-wasm-vm"}
FORGED = {"authorization": "Bearer forged.by.me"}


@pytest.fixture(scope="session")
def upstream() -> Module:
    return compile_filter(repository_folder() / "filter" / "upstream", reuse=True)


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_the_upstream_gets_the_token_and_the_client_does_not(
    launch: Launch, upstream: Module, workers: int
) -> None:
    envoy = launch(upstream, configuration=UPSTREAM, workers=workers, settings=SETTINGS)
    envoy.wait_for_tokens()
    for headers in ({}, FORGED):
        for answer in envoy.ask_every_worker(headers=headers):
            assert (answer.status, "Hello from the upstream" in answer.text) == (200, True)
            assert "authorization" not in answer.headers
            assert not any("Bearer" in value for value in answer.headers.values())
    counted = envoy.stats("wasmcustom.upstream_filter")
    assert counted["wasmcustom.upstream_filter.requests.with_token"] == 2 * workers


def test_nobody_passes_the_check_without_the_labs_token(launch: Launch, upstream: Module) -> None:
    settings = SETTINGS | {"without_token": "pass", "tick_ms": 86_400_000}
    envoy = launch(upstream, configuration=UPSTREAM, settings=settings)
    good = httpx.get(f"{envoy.token_api.url}/auth").headers["authorization"]
    several = [("authorization", good), ("Authorization", "Basic YTpi")]
    for headers in ({}, FORGED, {"authorization": good}, several):
        answer = envoy.ask("worker_0", headers=headers)
        assert (answer.status, "Jwt is missing" in answer.text) == (401, True)


@pytest.mark.fault("There is no token yet for the request to the upstream")
def test_without_a_token_a_request_is_answered_503(
    launch: Launch, upstream: Module, fault: TellFault
) -> None:
    envoy = launch(upstream, configuration=UPSTREAM, settings={"tick_ms": 86_400_000})
    answer = envoy.ask("worker_0", headers=FORGED)
    assert answer.status == 503
    assert answer.text == "There is no token to ask the upstream with.\n"
    fault(answer.text.strip(), kept="the upstream is not asked")


@pytest.mark.fault("The token on the request to the upstream is over")
def test_an_expired_token_is_refused_by_the_upstream(
    launch: Launch, upstream: Module, fault: TellFault
) -> None:
    envoy = launch(upstream, configuration=UPSTREAM, settings=SETTINGS)
    envoy.wait_for_tokens()
    assert envoy.ask("worker_0").status == 200
    envoy.token_api.fault = Fault.EXPIRED
    answer = asked_until(envoy, 401)
    assert answer.text == "Jwt is expired"
    envoy.token_api.fault = Fault.NONE
    asked_until(envoy, 200)
    fault(answer.text, kept="the next good token passes")


def asked_until(envoy: Envoy, status: int) -> Answer:
    """Ask again and again until it is answered so: the next token comes with the next tick."""
    for attempt in stamina.retry_context(
        on=AssertionError, attempts=None, timeout=30, wait_max=0.2
    ):
        with attempt:
            answer = envoy.ask("worker_0")
            assert answer.status == status
    return answer
