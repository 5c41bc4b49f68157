"""The last response of each worker: its headers, what its token says, and what that is worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab_helpers.board.snapshot import Snapshot, Thread
from lab_helpers.figures.response_headers import LABS_HEADERS, other_headers
from lab_helpers.figures.tables import Column, table_height_in, table_on
from lab_helpers.figures.words import status_told
from lab_helpers.token_api import Verdict
from lab_helpers.tokens import shorten_token

__all__ = ["claims_on", "draw_headers", "has_claims", "headers_height_in", "headers_on"]

_WIDTH_IN = 9.0
_COLUMNS = (
    Column("worker", 0.10),
    Column("status", 0.17),
    Column("x-wasm-filter", 0.18),
    Column("x-wasm-vm", 0.13),
    Column("x-auth", 0.26),
    Column("signature", 0.16),
)
_OTHER_COLUMNS = (
    Column("worker", 0.11),
    Column("status", 0.20),
    Column("headers, but for those that nearly any response has", 0.69),
)
_CLAIM_COLUMNS = (
    Column("worker", 0.10),
    Column("iss", 0.10),
    Column("sub", 0.13),
    Column("aud", 0.10),
    Column("iat (UTC)", 0.12),
    Column("exp (UTC)", 0.12),
    Column("jti", 0.33),
)
_TIMES = frozenset({"iat", "exp"})


def draw_headers(snapshot: Snapshot, verdicts: Mapping[str, Verdict] | None = None) -> Figure:
    """Draw a table of each worker's last response, and one of what their tokens say.

    Args:
        snapshot: The picture's moment.
        verdicts: What the token in each response is worth, by worker.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    tables = 2 if has_claims(snapshot, verdicts) else 1
    height = tables * headers_height_in(snapshot)
    figure = Figure(figsize=(_WIDTH_IN, height), layout="constrained")
    headers_on(figure.add_subplot(tables, 1, 1), snapshot, verdicts)
    if tables > 1:
        claims_on(figure.add_subplot(tables, 1, 2), snapshot, verdicts or {})
    return figure


def headers_height_in(snapshot: Snapshot) -> float:
    """Return how high the table is, in inches; that of the claims is as high.

    Args:
        snapshot: The picture's moment.
    """
    return table_height_in(len(snapshot.workers))


def headers_on(
    axes: Axes, snapshot: Snapshot, verdicts: Mapping[str, Verdict] | None = None
) -> None:
    """Draw the table into a part of a larger figure.

    Args:
        axes: Where to draw.
        snapshot: The picture's moment.
        verdicts: What the token in each response is worth, by worker.
    """
    title = "The last response of each worker"
    if _are_the_labs(snapshot):
        rows = [
            _cells(thread, (verdicts or {}).get(thread.name), snapshot.time)
            for thread in snapshot.workers
        ]
        table_on(axes, title, _COLUMNS, rows, "workers")
    else:
        others = [_other_cells(thread) for thread in snapshot.workers]
        table_on(axes, title, _OTHER_COLUMNS, others, "workers")


def has_claims(snapshot: Snapshot, verdicts: Mapping[str, Verdict] | None) -> bool:
    """Return whether any worker's last response carried a token that could be read.

    Args:
        snapshot: The picture's moment.
        verdicts: What the token in each response is worth, by worker.
    """
    return any(thread.name in (verdicts or {}) for thread in snapshot.workers)


def claims_on(axes: Axes, snapshot: Snapshot, verdicts: Mapping[str, Verdict]) -> None:
    """Draw the table of the tokens' claims into a part of a larger figure.

    Args:
        axes: Where to draw.
        snapshot: The picture's moment.
        verdicts: What the token in each response is worth, by worker.
    """
    rows = [_claims(thread.name, verdicts.get(thread.name)) for thread in snapshot.workers]
    table_on(axes, "What the token in x-auth says", _CLAIM_COLUMNS, rows, "workers")


def _claims(worker: str, verdict: Verdict | None) -> tuple[str, ...]:
    claims = verdict.claims if verdict else {}
    names = [column.heading.partition(" ")[0] for column in _CLAIM_COLUMNS[1:]]
    return (worker, *(_claim(name, claims[name]) if name in claims else "" for name in names))


def _claim(name: str, value: object) -> str:
    """Return a claim's value as text; the time of day where it is a time."""
    if name in _TIMES and isinstance(value, int | float):
        try:
            return f"{dt.datetime.fromtimestamp(value, dt.UTC):%H:%M:%S}"
        except (ValueError, OverflowError, OSError):
            return str(value)  # no clock's time: then what the token says, as it stands
    return str(value)


def _are_the_labs(snapshot: Snapshot) -> bool:
    """Return whether a response carries a header of the lab's filters, or there is none yet."""
    answered = [t.last_response for t in snapshot.workers if t.last_response is not None]
    return not answered or any(
        name in LABS_HEADERS for response in answered for name, _ in response.headers
    )


def _other_cells(thread: Thread) -> tuple[str, ...]:
    response = thread.last_response
    if response is None:
        return (thread.name, "", "no request yet")
    return (thread.name, status_told(response), other_headers(response) or "none")


def _cells(thread: Thread, verdict: Verdict | None, now: float) -> tuple[str, ...]:
    response = thread.last_response
    if response is None:
        return (thread.name, "", "no request yet", "", "", "")
    headers = dict(response.headers)
    token = headers.get("x-auth", "")
    return (
        thread.name,
        status_told(response),
        headers.get("x-wasm-filter", "absent"),
        headers.get("x-wasm-vm", "absent"),
        shorten_token(token).partition(" (")[0] if token else "absent",
        _judgement(token, verdict, now),
    )


def _judgement(token: str, verdict: Verdict | None, now: float) -> str:
    """Say what a token is worth now: it was checked when it came, and may have expired since."""
    if verdict is None:
        return "not checked yet" if token else ""
    if not verdict.valid:
        return f"✗ {verdict.reason}"
    expires = verdict.claims.get("exp")
    if isinstance(expires, int | float) and expires <= now:
        return "✗ expired"
    return "✓ valid"
