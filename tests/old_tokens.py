"""Ask a filter that looks at its token's end, and hold each answer to the time."""

from __future__ import annotations

import time
from collections.abc import Callable

from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Answer

__all__ = ["KEPT", "LIFETIME_S", "ask_until", "has_none", "has_token"]

MARGIN_MS = 300
LIFETIME_S = 2
# Far more than there is time for within two lives of a token.
MOST_ROUNDS = 50_000
KEPT = {
    "tick_ms": 200,
    "timeout_ms": 300,
    "vm_header": "x-wasm-vm",
    "expiry_margin_ms": MARGIN_MS,
    "refresh_percent": 50,
    "jitter_percent": 20,
    "one_callout": True,
    "backoff_ms": 100,
    "backoff_most_ms": 400,
}


def ask_until(envoy: Envoy, over: Callable[[Answer], bool]) -> dict[str, list[Answer]]:
    """Ask the workers in turn until each has given an answer of a kind; hold each to the time."""
    workers = [f"worker_{number}" for number in range(envoy.workers)]
    answers: dict[str, list[Answer]] = {worker: [] for worker in workers}
    waiting = set(workers)
    for _ in range(MOST_ROUNDS):
        if not waiting:
            return answers
        for worker in workers:
            sent = time.time()
            answer = envoy.ask(worker)
            auth = answer.headers.get("x-auth")
            if auth is not None:
                # The filter looked at the clock after this moment, and on the same machine.
                ends = envoy.token_api.verify(auth).claims["exp"]
                assert ends - MARGIN_MS / 1000 > sent, "a client saw a token that was over"
            answers[worker].append(answer)
            if over(answer):
                waiting.discard(worker)
    raise AssertionError(f"{sorted(waiting)} never gave the answer that was waited for")


def has_token(answer: Answer) -> bool:
    return "x-auth" in answer.headers


def has_none(answer: Answer) -> bool:
    return "x-auth" not in answer.headers
