"""A row for each thread: its VM, its ticks and fetches, the token it holds."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab_helpers.board.snapshot import MAIN, Snapshot, Thread
from lab_helpers.board.telling import tell_fetches, tell_token, tell_vm
from lab_helpers.figures.ages import age
from lab_helpers.figures.tables import Column, table_height_in, table_on

__all__ = ["draw_threads", "threads_height_in", "threads_on"]

_WIDTH_IN = 9.0
_COLUMNS = (
    Column("thread", 0.11),
    Column("tid", 0.09),
    Column("VM", 0.15),
    Column("ticks", 0.11),
    Column("fetches", 0.20),
    Column("token", 0.11),
    Column("expires", 0.11),
    Column("served", 0.12),
)


def draw_threads(snapshot: Snapshot) -> Figure:
    """Draw the table of threads.

    Args:
        snapshot: The picture's moment.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    figure = Figure(figsize=(_WIDTH_IN, threads_height_in(snapshot)), layout="constrained")
    threads_on(figure.add_subplot(), snapshot)
    return figure


def threads_height_in(snapshot: Snapshot) -> float:
    """Return how high the table is, in inches.

    Args:
        snapshot: The picture's moment.
    """
    return table_height_in(len(snapshot.threads))


def threads_on(axes: Axes, snapshot: Snapshot) -> None:
    """Draw the table into a part of a larger figure.

    Args:
        axes: Where to draw.
        snapshot: The picture's moment.
    """
    rows = [_cells(thread, snapshot) for thread in snapshot.threads]
    table_on(axes, "Threads", _COLUMNS, rows, "threads")


def _cells(thread: Thread, snapshot: Snapshot) -> tuple[str, ...]:
    expires = ""
    if thread.token is not None and thread.token.expires_at:
        left_s = thread.token.expires_at - snapshot.time
        expires = f"in {age(left_s)}" if left_s > 0 else f"{age(-left_s)} ago"
    served = "no traffic" if thread.name == MAIN else str(thread.responses)
    vm = f"{thread.vm} ✗ died".strip() if thread.failure else tell_vm(thread).text
    return (
        thread.name,
        str(thread.tid),
        vm,
        str(snapshot.count(thread, "ticks")),
        tell_fetches(snapshot, thread).text,
        tell_token(snapshot, thread).text,
        expires,
        served,
    )
