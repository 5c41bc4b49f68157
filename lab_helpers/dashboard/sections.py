"""The sections of a frame, each a plain value made of a look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.snapshot import Snapshot, Thread
from lab_helpers.board.telling import (
    crossed_kinds,
    tell_fetches,
    tell_notice,
    tell_others,
    tell_silence,
    tell_token,
    tell_vm,
)
from lab_helpers.dashboard.look import Look
from lab_helpers.figures.callouts import calls_of
from lab_helpers.figures.response_headers import other_headers
from lab_helpers.token_api import Verdict
from lab_helpers.tokens import shown_header

__all__ = ["Frame", "answer", "crossed", "scene", "tallies", "thread_row"]

_LONGEST = 200

Frame = dict[str, Any]
"""A JSON object for the page."""

Clock = Callable[[float | None], float | None]
"""Turns a time since the epoch into one after the frames' origin."""


def scene(look: Look, window_s: float) -> Frame:
    """Say whether Envoy runs, and how it and the token API are set.

    Args:
        look: What to show.
        window_s: How far back the lanes reach, in seconds.
    """
    return {
        "running": look.running,
        "problem": look.problem,
        "fault": look.fault.value,
        "faultWords": look.fault.description,
        "tickMs": look.tick_ms,
        "windowS": window_s,
        "workers": look.workers,
        "notice": tell_notice(look.picture),
    }


def tallies(look: Look) -> Frame:
    """Put the calls a period beside N+1, and Envoy's own figures where they are known.

    Args:
        look: What to show.
    """
    counted: Frame = {
        "calls": look.picture.calls,
        "measured": look.picture.calls_per_period,
        "callsFrom": calls_of(look.picture),
        "expected": look.workers + 1,
        "ticking": look.picture.ticking,
    }
    figures = look.figures
    if figures is not None:
        counted |= {
            "vms": figures.vms,
            "created": figures.vms_created,
            "reloads": figures.reloads,
            "connections": sum(figures.connections.values()),
            "rss": figures.rss_bytes,
        }
    return counted


def thread_row(picture: Snapshot, thread: Thread, connections: int | None, clock: Clock) -> Frame:
    """Make a thread's row; beside what is known of it stands where that comes from.

    Args:
        picture: The picture that it is part of.
        thread: The thread.
        connections: How many connections it holds; None where that is not known.
        clock: For the times in it.
    """
    token = thread.token
    ticks = picture.count(thread, "ticks")
    vm, fetches, held = tell_vm(thread), tell_fetches(picture, thread), tell_token(picture, thread)
    silence = tell_silence(picture, thread)
    return {
        "tid": thread.tid,
        "name": thread.name,
        "vm": vm.text,
        "vmFrom": vm.why,
        "vms": thread.vms,
        "ticks": str(ticks),
        "ticksFrom": silence.why or (ticks.source if ticks.whole else ticks.why),
        "silence": silence.text,
        "fetches": fetches.text,
        "fetchesFrom": fetches.why,
        "token": held.text,
        "tokenFrom": held.why,
        "expires": clock(token.expires_at) if token and token.expires_at else None,
        "served": thread.responses,
        "connections": connections,
        "failure": thread.failure,
        "asked": [[clock(each.sent), clock(each.ended)] for each in thread.request_callouts],
        "changes": [[clock(each.time), each.vm, each.failure] for each in thread.changes],
    }


def crossed(picture: Snapshot) -> Frame:
    """Say what else crossed: the kinds that were seen, and a row of texts for each thread.

    Args:
        picture: The picture.
    """
    seen = crossed_kinds(picture)[0]
    if not seen:
        return {}
    seeing = picture.seeing
    return {
        "kinds": seen,
        "rows": [
            [thread.name, *(str(picture.count(thread, what)) for what in seen)]
            for thread in picture.threads
        ],
        "others": tell_others(picture),
        "from": seeing.not_seen or "counted from Envoy's trace of the crossings",
        "on": seeing.on,
    }


def answer(response: RequestAnswered, verdict: Verdict | None, clock: Clock) -> Frame:
    """Take a worker's response apart.

    Args:
        response: The response; its token is never put into a frame whole.
        verdict: What its token is worth; None where it has none, or it is not checked yet.
        clock: For the times in it.
    """
    plain: Frame = {
        "worker": response.worker,
        "time": clock(response.time),
        "status": response.status,
        "latency": round(response.latency_ms, 2),
        "outcome": response.outcome,
        "headers": [[name, shown_header(name, value)] for name, value in response.headers],
        "others": other_headers(response),
    }
    if verdict is not None:
        plain["verdict"] = {
            "valid": verdict.valid,
            "reason": verdict.reason,
            "claims": {name: _cut(value) for name, value in verdict.claims.items()},
            "header": {name: _cut(value) for name, value in verdict.header.items()},
            "expires": clock(_expiry(verdict)),
        }
    return plain


def _cut(value: object) -> str:
    """Return a value as text that fits into a table."""
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text)} characters)"


def _expiry(verdict: Verdict) -> float | None:
    expires = verdict.claims.get("exp")
    return float(expires) if isinstance(expires, int | float) else None
