"""What the filter makes of a token API that fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab_helpers.board.overload import tell_overload
from lab_helpers.board.telling import tell_notice
from lab_helpers.envoy import Envoy
from lab_helpers.token_api import Fault
from tests.conftest import TellFault


@pytest.mark.parametrize(
    ("fault", "outcome", "status"),
    [
        (Fault.REFUSE, "status 503", 503),
        (Fault.HANG, "status 504", 504),
        (Fault.ERROR, "status 500", 500),
        (Fault.MISSING, "missing", 200),
        (Fault.GARBAGE, "malformed", 200),
        (Fault.CRLF, "malformed", 200),
        (Fault.TOO_LONG, "too_long", 200),
    ],
)
def test_a_reply_without_a_good_token_leaves_the_one_kept(
    launch: Callable[..., Envoy], fault: Fault, outcome: str, status: int
) -> None:
    envoy = launch(
        workers=1, settings={"tick_ms": 150, "timeout_ms": 300, "vm_header": "x-wasm-vm"}
    )
    envoy.wait_for_tokens()
    envoy.token_api.fault = fault
    picture = envoy.wait_until(
        lambda now: now.thread("worker_0").fetches.get(outcome, 0) >= 3, f"3 times {outcome}"
    )
    worker = picture.thread("worker_0")
    ended = [tick for tick in worker.recent if tick.outcome == outcome]
    assert {tick.status for tick in ended} == {status}
    kept = worker.token
    assert kept is not None
    envoy.token_api.fault = Fault.NONE
    envoy.wait_until(lambda now: now.thread("worker_0").token != kept, "a new token")
    assert envoy.token_api.verify(envoy.ask("worker_0").headers["x-auth"]).valid


def test_while_a_fault_lasts_the_old_token_is_sent(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1)
    envoy.wait_for_tokens()
    envoy.token_api.fault = Fault.ERROR
    envoy.wait_until(
        lambda now: now.thread("worker_0").fetches.get("status 500", 0) >= 2, "failures"
    )
    before = envoy.ask("worker_0").headers["x-auth"]
    envoy.wait_until(
        lambda now: now.thread("worker_0").fetches.get("status 500", 0) >= 4, "failures"
    )
    assert envoy.ask("worker_0").headers["x-auth"] == before


def test_an_expired_token_is_kept_and_its_verdict_says_so(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1)
    envoy.token_api.fault = Fault.EXPIRED
    envoy.wait_for_tokens()
    envoy.wait_until(
        lambda now: (
            (token := now.thread("worker_0").token) is not None and token.expires_at < now.time
        ),
        "an expired token",
    )
    verdict = envoy.token_api.verify(envoy.ask("worker_0").headers["x-auth"])
    assert not verdict.valid
    assert "expired" in verdict.reason.lower()


def test_a_cluster_that_is_not_there_is_a_refused_callout(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1, settings={"tick_ms": 150, "cluster": "nobody"})
    picture = envoy.wait_until(
        lambda now: now.thread("worker_0").fetches.get("refused", 0) >= 2, "refused callouts"
    )
    thread = picture.thread("worker_0")
    assert thread.token is None
    assert [(tick.sent, tick.outcome) for tick in thread.recent][:2] == [(None, "refused")] * 2
    assert any("bad argument" in line for line in envoy.log)
    assert envoy.stats("callouts_refused")["wasmcustom.token_filter.callouts_refused"] >= 2


@pytest.mark.fault("tick_ms is 1, with 16 workers")
def test_ticks_that_ask_for_more_tokens_than_come_are_named(
    launch: Callable[..., Envoy], fault: TellFault
) -> None:
    envoy = launch(workers=16, settings={"tick_ms": 1})
    picture = envoy.wait_until(
        lambda now: now.ticking == 17 and tell_overload(now), "more callouts than are answered"
    )
    assert tell_overload(picture) in tell_notice(picture)
    fault(
        tell_overload(picture),
        kept="the tokens that came; what Envoy gets through",
    )
    envoy.restart(settings={"tick_ms": 1000})  # what it advises
    assert tell_overload(envoy.wait_for_tokens()) == ""
