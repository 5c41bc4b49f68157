"""The last response of each worker: its headers, and what the token in it is worth."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab_helpers.figures.tables import Column, table_height_in, table_on
from lab_helpers.figures.words import shorten_token
from lab_helpers.snapshot import Snapshot, Thread
from lab_helpers.token_api import Verdict

__all__ = ["draw_headers", "headers_height_in", "headers_on"]

_WIDTH_IN = 9.0
_COLUMNS = (
    Column("worker", 0.11),
    Column("status", 0.08),
    Column("x-wasm-filter", 0.18),
    Column("x-wasm-vm", 0.13),
    Column("x-auth", 0.27),
    Column("signature", 0.23),
)


def draw_headers(snapshot: Snapshot, verdicts: Mapping[str, Verdict] | None = None) -> Figure:
    """Draw a table of each worker's last response.

    Args:
        snapshot: The picture's moment.
        verdicts: What the token in each response is worth, by worker.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    figure = Figure(figsize=(_WIDTH_IN, headers_height_in(snapshot)), layout="constrained")
    headers_on(figure.add_subplot(), snapshot, verdicts)
    return figure


def headers_height_in(snapshot: Snapshot) -> float:
    """Return how high the table is, in inches.

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
    rows = [_cells(thread, (verdicts or {}).get(thread.name)) for thread in snapshot.workers]
    table_on(axes, "The last response of each worker", _COLUMNS, rows, "workers")


def _cells(thread: Thread, verdict: Verdict | None) -> tuple[str, ...]:
    response = thread.last_response
    if response is None:
        return (thread.name, "", "no request yet", "", "", "")
    headers = dict(response.headers)
    token = headers.get("x-auth", "")
    if verdict is None:
        judged = "not checked yet" if token else ""
    else:
        judged = "✓ valid" if verdict.valid else f"✗ {verdict.reason}"
    return (
        thread.name,
        str(response.status),
        headers.get("x-wasm-filter", "absent"),
        headers.get("x-wasm-vm", "absent"),
        shorten_token(token).partition(" (")[0] if token else "absent",
        judged,
    )
