"""What the controls do: each is a call that a notebook could make as well."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Sequence

from lab_helpers.dashboard.actions import Action, Turn
from lab_helpers.dashboard.look import tick_of
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Answer, Outcome
from lab_helpers.envoy.journey import Journey
from lab_helpers.token_api import Fault

__all__ = ["STREAM_S", "ask_once", "follow", "restart", "set_fault", "start", "stop", "stream"]

STREAM_S = 10.0
"""How long a stream of requests lasts, in seconds."""

_ROUND_EVERY_S = 0.2
_NAMED_ANSWERS = 4


def ask_once(envoy: Envoy) -> Action:
    """Send one request to every worker."""
    return Action(
        "envoy.ask_every_worker()",
        lambda _turn: f"{_answers(envoy.ask_every_worker())}.",
        quick=True,
    )


def follow(envoy: Envoy, show: Callable[[Journey], None]) -> Action:
    """Follow one request through the first worker.

    Args:
        envoy: The Envoy.
        show: Is given the journey.
    """

    def do(_turn: Turn) -> str:
        journey = envoy.follow("worker_0")
        show(journey)
        return f"{journey.summary}. Its picture is below."

    return Action('envoy.follow("worker_0")', do, quick=True)


def stream(envoy: Envoy, lasting_s: float = STREAM_S) -> Action:
    """Send requests to every worker, five rounds a second for a while.

    Args:
        envoy: The Envoy.
        lasting_s: How long, in seconds.
    """

    def do(turn: Turn) -> str:
        end = time.monotonic() + lasting_s
        told: collections.Counter[str] = collections.Counter()
        while True:
            told.update(_told(answer) for answer in envoy.ask_every_worker())
            turn.tell(f"{told.total()} requests so far")
            if time.monotonic() >= end or not turn.goes_on(_ROUND_EVERY_S):
                break
        return f"{told.total()} requests answered: {_counted(told)}."

    return Action("envoy.ask_every_worker(), again and again", do, ends_early=True)


def start(envoy: Envoy, workers: int, tick_ms: int, launcher: str) -> Action:
    """Start Envoy as the fields say, if it does not run.

    Args:
        envoy: The Envoy.
        workers: The number of workers.
        tick_ms: The tick period, in milliseconds.
        launcher: The launcher's name.
    """
    if (workers, tick_ms, launcher) != (envoy.workers, tick_of(envoy), envoy.launcher.name):
        changed = restart(envoy, workers, tick_ms, launcher)
        return changed if not envoy.running else Action("envoy.start()", _runs_already)

    def do(turn: Turn) -> str:
        if envoy.running:
            return _runs_already(turn)
        began = time.monotonic()
        envoy.start()
        return _serves(envoy, began)

    return Action("envoy.start()", do)


def restart(envoy: Envoy, workers: int, tick_ms: int, launcher: str) -> Action:
    """Stop Envoy, and start it as the fields say.

    Args:
        envoy: The Envoy.
        workers: The number of workers.
        tick_ms: The tick period, in milliseconds.
        launcher: The launcher's name.
    """
    other = None if launcher == envoy.launcher.name else launcher

    def do(_turn: Turn) -> str:
        began = time.monotonic()
        envoy.restart(workers=workers, settings={"tick_ms": tick_ms}, launcher=other)
        return _serves(envoy, began)

    named = "" if other is None else f', launcher="{other}"'
    return Action(f'envoy.restart(workers={workers}, settings={{"tick_ms": {tick_ms}}}{named})', do)


def stop(envoy: Envoy) -> Action:
    """Stop Envoy, and whatever is being done with it."""

    def do(_turn: Turn) -> str:
        envoy.stop()
        return "It has ended."

    return Action("envoy.stop()", do, urgent=True)


def set_fault(envoy: Envoy, fault: Fault) -> Action:
    """Let the token API fail, or work again.

    Args:
        envoy: The Envoy.
        fault: How it fails.
    """

    def do(_turn: Turn) -> str:
        envoy.token_api.fault = fault
        return fault.description

    return Action(f"envoy.token_api.fault = Fault.{fault.name}", do, quick=True)


def _runs_already(_turn: Turn) -> str:
    return "It runs already; Restart Envoy starts it anew with these values."


def _serves(envoy: Envoy, began: float) -> str:
    return f"It serves at {envoy.url}, {time.monotonic() - began:.1f} s later."


def _answers(answers: Sequence[Answer]) -> str:
    if len(answers) <= _NAMED_ANSWERS:
        return ", ".join(f"{a.worker} {_told(a)} in {a.latency_ms:.1f} ms" for a in answers)
    told = collections.Counter(_told(answer) for answer in answers)
    return f"{len(answers)} workers answered: {_counted(told)}"


def _told(answer: Answer) -> str:
    """Return a status, and what became of the request where that is something else."""
    plain = answer.outcome is Outcome.ANSWERED
    return str(answer.status) if plain else f"{answer.status} ({answer.outcome})"


def _counted(told: collections.Counter[str]) -> str:
    return ", ".join(f"{count} × {each}" for each, count in sorted(told.items()))
