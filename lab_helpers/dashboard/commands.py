"""What the controls do: each is a call that a notebook could make as well."""

from __future__ import annotations

import collections
import time
from collections.abc import Sequence

from lab_helpers.board.events import RequestAnswered
from lab_helpers.dashboard.actions import Action, Turn
from lab_helpers.dashboard.look import tick_of
from lab_helpers.envoy import Envoy
from lab_helpers.token_api import Fault

__all__ = ["STREAM_S", "ask_once", "restart", "set_fault", "start", "stop", "stream"]

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


def stream(envoy: Envoy, lasting_s: float = STREAM_S) -> Action:
    """Send requests to every worker, five rounds a second for a while.

    Args:
        envoy: The Envoy.
        lasting_s: How long, in seconds.
    """

    def do(turn: Turn) -> str:
        end = time.monotonic() + lasting_s
        statuses: collections.Counter[int] = collections.Counter()
        while True:
            statuses.update(answer.status for answer in envoy.ask_every_worker())
            turn.tell(f"{statuses.total()} requests so far")
            if time.monotonic() >= end or not turn.goes_on(_ROUND_EVERY_S):
                break
        return f"{statuses.total()} requests answered: {_counted(statuses)}."

    return Action("envoy.ask_every_worker(), again and again", do)


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


def _answers(answers: Sequence[RequestAnswered]) -> str:
    if len(answers) <= _NAMED_ANSWERS:
        return ", ".join(
            f"{a.worker} {a.status}{f' ({a.said})' if a.said else ''} in {a.latency_ms:.1f} ms"
            for a in answers
        )
    statuses = collections.Counter(answer.status for answer in answers)
    return f"{len(answers)} workers answered: {_counted(statuses)}"


def _counted(statuses: collections.Counter[int]) -> str:
    return ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items()))
