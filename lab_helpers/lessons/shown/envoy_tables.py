"""Look at a running Envoy: its threads, its counters, an answer, the token in an answer."""

from __future__ import annotations

import time
from collections.abc import Mapping

from lab_helpers.arguments import checked
from lab_helpers.board.snapshot import Snapshot, Thread
from lab_helpers.board.telling import (
    Told,
    tell_fetches,
    tell_notice,
    tell_silence,
    tell_sources,
    tell_token,
    tell_vm,
)
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Answer, Outcome
from lab_helpers.errors import TokenApiError
from lab_helpers.lessons.shown.page import Table
from lab_helpers.tokens import shorten_token, shown_header

__all__ = ["show_answer", "show_stats", "show_threads", "show_token"]

_AUTH_HEADER = "x-auth"
_MOST_STATS = 60
_UNTOLD = ("not told", "not seen")
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


@checked
def show_threads(envoy: Envoy, *, connections: bool = True) -> Table:
    """Show the threads of an Envoy that matter here: the workers and the main thread.

    Args:
        envoy: A running Envoy.
        connections: Whether to say how many connections each holds.

    Raises:
        LabError: It does not run, or its admin port does not answer.
    """
    envoy.check()  # its board keeps the threads of the last run, and none of them serves anybody
    held = envoy.figures().connections if connections else {}
    picture = envoy.snapshot()
    wasm = envoy.configuration.has_wasm or envoy.configuration.has_libraries
    headings = ["thread", "number in the log", "serves clients"]
    headings += ["connections now"] if connections else []
    headings += ["VM", "ticks", "callouts", "token it holds"] if wasm else []
    rows = []
    for thread in picture.threads:
        row = [thread.name, str(thread.tid), "yes" if thread in picture.workers else "no"]
        row += [str(held.get(thread.name, "none"))] if connections else []
        rows.append(row + (_wasm_columns(picture, thread) if wasm else []))
    workers = len(picture.workers)
    title = f"{len(picture.threads)} threads: {workers} workers and the main thread"
    return Table(title, headings, rows, _notes(picture) if wasm else ())


@checked
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


@checked
def show_answer(answer: Answer) -> Table:
    """Show a response: what became of the request, its status and its headers.

    Args:
        answer: What `envoy.ask` returned.
    """
    headers = answer.headers.multi_items()
    title = (
        f"{answer.worker} answered {answer.status} in {answer.latency_ms:.1f} ms,"
        f" with {len(headers)} headers"
    )
    if answer.outcome is not Outcome.ANSWERED:
        title += f"\n{answer.outcome}: {answer.why}"
    if answer.cut:
        title += f"\nThe body is not whole: {answer.cut}"
    rows = [
        (f"`{name}`", shown_header(name, value) or "(empty)", _HEADERS.get(name.lower(), ""))
        for name, value in headers
    ]
    return Table(title, ("header", "value", "what it is"), rows)


@checked
def show_token(token: Answer | str, envoy: Envoy) -> Table:
    """Take a token apart, and check its signature with the JWT service's key.

    Args:
        token: A response that carries it as `x-auth`, or the header's value.
        envoy: The Envoy that it came from.

    Raises:
        TokenApiError: The response carries no token, or the JWT service was never started.
    """
    value = token if isinstance(token, str) else token.headers.get(_AUTH_HEADER, "")
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


def _wasm_columns(picture: Snapshot, thread: Thread) -> list[str]:
    return [told.text for told in _told(picture, thread).values()]


def _told(picture: Snapshot, thread: Thread) -> dict[str, Told]:
    """Return what is known of a thread's filter, by what it is about."""
    ticks = picture.count(thread, "ticks")
    counted = Told(str(ticks), ticks.source if ticks.whole else ticks.why)
    return {
        "VM": tell_vm(thread),
        "ticks": counted if thread.ticks else tell_silence(picture, thread),
        "callouts": tell_fetches(picture, thread),
        "token": tell_token(picture, thread),
    }


def _notes(picture: Snapshot) -> list[str]:
    """Return where the numbers come from, and why something is not told; each reason once."""
    told = [pair for thread in picture.threads for pair in _told(picture, thread).items()]
    # What is not whole is said once, by the notice.
    reasons = {
        f"{what} {each.text}: {each.why}."
        for what, each in told
        if (each.text in _UNTOLD and each.why != picture.seeing.not_seen)
        or (what == "token" and "shared data" in each.why)
    }
    reasons |= {f"{each.why}." for _, each in told if each.text == "no timer"}
    if any(thread.token and not thread.vm for thread in picture.threads):
        reasons.add("token: by its fingerprint, from the x-auth of each worker's last answer.")
    said = [tell_sources(picture), tell_notice(picture), *sorted(reasons)]
    return [f"{sentence[0].upper()}{sentence[1:]}" for sentence in said if sentence]
