"""Tokens on the real Envoy while their service is down: who sees an old one, and who asks when."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab_helpers.board.snapshot import Snapshot, Tick
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Outcome
from lab_helpers.token_api import Fault, TokenApi
from tests.conftest import TellFault
from tests.old_tokens import KEPT, LIFETIME_S, ask_until, has_none, has_token


@pytest.fixture
def short_lived() -> Iterator[TokenApi]:
    """A token API whose tokens live for one to two seconds."""
    with TokenApi(token_lifetime_s=LIFETIME_S) as api:
        yield api


@pytest.mark.parametrize(
    ("workers", "after_expiry", "fault", "word"),
    [
        (8, "leave_out", Fault.ERROR, "status 500"),
        (2, "leave_out", Fault.EXPIRED, "expired"),
        (1, "answer_503", Fault.HANG, "status 504"),
        (2, "answer_503", Fault.REFUSE, "status 503"),
    ],
)
def test_no_client_sees_a_token_that_is_over(
    launch: Callable[..., Envoy],
    short_lived: TokenApi,
    workers: int,
    after_expiry: str,
    fault: Fault,
    word: str,
) -> None:
    settings = {**KEPT, "after_expiry": after_expiry}
    envoy = launch(workers=workers, token_api=short_lived, settings=settings)
    envoy.wait_for_tokens()
    ask_until(envoy, has_token)
    short_lived.fault = fault
    answers = ask_until(envoy, has_none)
    for each in answers.values():
        assert has_token(each[0]), "the last good token serves on while it is good"
    picture = envoy.wait_until(
        lambda now: all(thread.fetches.get(word) for thread in now.threads),
        f"each thread, and main, to say {word}",
    )
    for thread in picture.threads:
        assert set(thread.fetches) == {"ok", word}
    short_lived.fault = Fault.NONE
    ask_until(envoy, has_token)


@pytest.mark.fault("The token service is down until the tokens are over; after_expiry: leave_out")
def test_a_token_that_is_over_is_left_out(
    launch: Callable[..., Envoy], short_lived: TokenApi, fault: TellFault
) -> None:
    settings = {**KEPT, "after_expiry": "leave_out"}
    envoy = launch(workers=2, token_api=short_lived, settings=settings)
    envoy.wait_for_tokens()
    short_lived.fault = Fault.ERROR
    ask_until(envoy, has_none)
    answer = envoy.ask("worker_0")
    assert (answer.status, answer.outcome) == (200, Outcome.ANSWERED)
    assert answer.headers["x-wasm-filter"] == "hello from wasm"
    fault(
        "The response comes as ever, without x-auth.",
        kept="the responses; the last token, until its end",
    )


@pytest.mark.fault("The token service is down until the tokens are over; after_expiry: answer_503")
def test_a_503_takes_the_place_of_a_response_without_a_token(
    launch: Callable[..., Envoy], short_lived: TokenApi, fault: TellFault
) -> None:
    settings = {**KEPT, "after_expiry": "answer_503"}
    envoy = launch(workers=2, token_api=short_lived, settings=settings)
    envoy.wait_for_tokens()
    short_lived.fault = Fault.ERROR
    ask_until(envoy, has_none)
    answer = envoy.ask("worker_0")
    vm = envoy.snapshot().thread("worker_0").vm
    assert (answer.status, answer.headers["x-wasm-vm"]) == (503, vm)
    assert answer.headers["x-wasm-filter"] == "hello from wasm"
    assert not envoy.snapshot().thread("worker_0").failure
    fault(
        f"{answer.status}: {answer.text}",
        kept="the last token, until its end; the worker answers 200 again with the next token",
    )
    short_lived.fault = Fault.NONE
    ask_until(envoy, has_token)


def _recent(envoy: Envoy, enough: Callable[[list[Tick]], bool], what: str) -> list[Tick]:
    """Wait for enough ticks on worker_0, and return them."""

    def there(now: Snapshot) -> bool:
        return bool(now.workers) and enough(list(now.thread("worker_0").recent))

    return list(envoy.wait_until(there, what).thread("worker_0").recent)


def _waits(ticks: list[Tick]) -> list[float]:
    """Return how long after each of some ticks the next one came, in milliseconds."""
    return [1000 * (after.time - tick.time) for tick, after in itertools.pairwise(ticks)]


def _paced(**settings: Any) -> dict[str, Any]:
    return {"tick_ms": 150, "timeout_ms": 1000, **settings}


def test_the_next_token_is_asked_for_at_a_share_of_the_life(launch: Callable[..., Envoy]) -> None:
    with TokenApi(token_lifetime_s=10) as api:
        envoy = launch(workers=1, token_api=api, settings=_paced(refresh_percent=10))
        ticks = _recent(envoy, lambda ticks: len(ticks) >= 3, "three ticks")
        assert {tick.outcome for tick in ticks[:2]} == {"ok"}
        # It lives for 9 to 10 s, as `iat` is a whole second. A timer may be late, and is not early.
        assert min(_waits(ticks)) >= 800
        envoy.stop()


def test_failures_are_further_and_further_apart(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1, settings=_paced(backoff_ms=100, backoff_most_ms=800))
    envoy.wait_for_tokens()
    envoy.token_api.fault = Fault.ERROR

    def failed(ticks: list[Tick]) -> list[Tick]:
        return [tick for tick in ticks if tick.outcome == "status 500"]

    ticks = failed(_recent(envoy, lambda ticks: len(failed(ticks)) >= 6, "six failures"))
    for wait, least in zip(_waits(ticks), (100, 200, 400, 800, 800), strict=False):
        # The timer is Envoy's, and the log's clock another one: they differ by a few milliseconds.
        assert wait >= 0.9 * least
    envoy.token_api.fault = Fault.NONE
    ticks = _recent(envoy, lambda ticks: ticks[-1].outcome == "ok", "the service is back")
    assert not failed(ticks[-1:])


def test_while_the_service_hangs_one_callout_is_under_way(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=1, settings=_paced(one_callout=True))
    envoy.wait_for_tokens()
    envoy.token_api.fault = Fault.HANG

    def silent(ticks: list[Tick]) -> int:
        return sum(1 for tick in ticks if tick.sent is None)

    ticks = _recent(envoy, lambda ticks: silent(ticks) >= 8, "eight ticks that sent nothing")
    asking = [tick for tick in ticks if tick.sent is not None]
    for tick, after in itertools.pairwise(asking):
        assert tick.ended is not None
        assert after.sent is not None
        assert tick.ended <= after.sent


def test_every_thread_begins_at_a_time_of_its_own(launch: Callable[..., Envoy]) -> None:
    envoy = launch(workers=8, settings={"tick_ms": 2000, "jitter_percent": 100})
    picture = envoy.wait_until(lambda now: now.ticking == 9, "a tick on every thread")
    firsts = sorted(thread.first_tick or 0 for thread in picture.threads)
    # That nine random moments of two seconds lie so close happens once in 3,000,000,000 times.
    assert firsts[-1] - firsts[0] > 0.1
    assert picture.tick_ms == 2000, "what was configured, and not what a wait came to"
