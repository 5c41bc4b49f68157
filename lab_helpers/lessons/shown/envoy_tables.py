"""Look at a running Envoy: its threads, its counters, an answer, the token in an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.snapshot import Thread
from lab_helpers.envoy import Envoy
from lab_helpers.errors import TokenApiError
from lab_helpers.figures.words import shorten_token
from lab_helpers.lessons.shown.page import Table

__all__ = ["show_answer", "show_stats", "show_threads", "show_token"]

_AUTH_HEADER = "x-auth"
_MOST_STATS = 60
_HEADERS = {
    "server": "who answered: Envoy puts its name here",
    "x-envoy-upstream-service-time": "how long the upstream took, in ms; Envoy adds it",
    "x-wasm-filter": "the filter added it",
    "x-auth": "the filter added it: the token that this worker's VM holds",
    "x-wasm-vm": "the filter added it: the tag of the VM that handled this response",
}
_CLAIMS = {
    "iss": "issuer: who made it",
    "sub": "subject: whom it speaks of",
    "aud": "audience: whom it is meant for",
    "iat": "issued at, in seconds since 1970",
    "exp": "expires at, in seconds since 1970",
    "jti": "a number of its own: no two tokens share it",
    "alg": "how it is signed: RSA with SHA-256",
    "kid": "which key signed it",
    "typ": "what it is",
}


def show_threads(envoy: Envoy, *, connections: bool = True) -> Table:
    """Show the threads of an Envoy that matter here: the workers and the main thread.

    Args:
        envoy: A running Envoy.
        connections: Whether to say how many connections each holds.

    Raises:
        LabError: It does not run, or its admin port does not answer.
    """
    held = envoy.figures().connections if connections else {}
    picture = envoy.snapshot()
    wasm = envoy.configuration.has_wasm
    headings = ["thread", "number in the log", "serves clients"]
    headings += ["connections now"] if connections else []
    headings += ["VM", "ticks", "token it holds"] if wasm else []
    rows = []
    for thread in picture.threads:
        row = [thread.name, str(thread.tid), "yes" if thread in picture.workers else "no"]
        row += [str(held.get(thread.name, "none"))] if connections else []
        rows.append(row + (_wasm_columns(thread) if wasm else []))
    workers = len(picture.workers)
    title = f"{len(picture.threads)} threads: {workers} workers and the main thread"
    return Table(title, headings, rows)


def show_stats(envoy: Envoy, pattern: str) -> Table:
    """Show what Envoy counts, by its admin port: those counters that are not zero.

    Args:
        envoy: A running Envoy.
        pattern: What their names must hold, such as `upstream_rq`; a regular expression.

    Raises:
        LabError: It does not run, or its admin port does not answer.
    """
    stats = {name: value for name, value in envoy.stats(pattern).items() if value}
    rows = [(f"`{name}`", str(value)) for name, value in sorted(stats.items())]
    title = f"{len(rows)} counters that are not 0"
    if len(rows) > _MOST_STATS:
        title += f"; the first {_MOST_STATS}"
    return Table(title, ("name", "value"), rows[:_MOST_STATS])


def show_answer(answer: RequestAnswered) -> Table:
    """Show a response: its status and its headers.

    Args:
        answer: What `envoy.ask` returned.
    """
    title = (
        f"{answer.worker} answered {answer.status} in {answer.latency_ms:.1f} ms,"
        f" with {len(answer.headers)} headers"
    )
    if answer.said:
        title += f"; Envoy says: {answer.said}"
    rows = [
        (
            f"`{name}`",
            shorten_token(value) if name == _AUTH_HEADER and value else value or "(empty)",
            _HEADERS.get(name, ""),
        )
        for name, value in answer.headers
    ]
    return Table(title, ("header", "value", "what it is"), rows)


def show_token(token: RequestAnswered | str, envoy: Envoy) -> Table:
    """Take a token apart, and check its signature with the JWT service's key.

    Args:
        token: A response that carries it as `x-auth`, or the header's value.
        envoy: The Envoy that it came from.

    Raises:
        TokenApiError: The response carries no token, or the JWT service was never started.
    """
    value = token if isinstance(token, str) else dict(token.headers).get(_AUTH_HEADER, "")
    if not value:
        raise TokenApiError(
            "This response carries no `x-auth`.",
            hint="wait for the first token: envoy.wait_for_tokens(), then ask again",
        )
    verdict = envoy.token_api.verify(value)
    rows = [
        *_rows("header", verdict.header),
        *_rows("claims", verdict.claims),
        (
            "signature",
            shorten_token(value.rpartition(".")[2]),
            "over the two parts above; to make it takes the JWT service's private key",
        ),
    ]
    mark = "✓ valid" if verdict.valid else "✗ not valid"
    title = f"{mark}: {verdict.reason}"
    return Table(title, ("part", "field and value", "what it means"), rows)


def _rows(part: str, fields: Mapping[str, object]) -> list[tuple[str, str, str]]:
    return [(part, f"`{name}` {value}", _meaning(name, value)) for name, value in fields.items()]


def _meaning(name: str, value: object) -> str:
    meaning = _CLAIMS.get(name, "")
    if name in ("iat", "exp") and isinstance(value, int | float):
        try:
            meaning += f": {time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(value))} UTC"
        except (OverflowError, ValueError, OSError):  # a forger may write any number
            meaning += ": no time that a clock can show"
    return meaning


def _wasm_columns(thread: Thread) -> list[str]:
    return [
        thread.vm or "not known yet",
        str(thread.ticks),
        thread.token.fingerprint if thread.token else "none yet",
    ]
