"""The whole dashboard as one drawing: figures, lanes, threads, responses, claims."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.envoy.admin import Figures
from lab_helpers.figures.callouts import calls_of
from lab_helpers.figures.crossed import crossed_height_in, crossed_on, crossed_tables
from lab_helpers.figures.headers import claims_on, has_claims, headers_height_in, headers_on
from lab_helpers.figures.lanes import lanes_height_in, lanes_on
from lab_helpers.figures.threads import threads_height_in, threads_on
from lab_helpers.token_api import Verdict

__all__ = ["draw_dashboard"]

_WIDTH_IN = 9.0
_TALLIES_IN = 0.35
_MEGABYTE = 1e6


def draw_dashboard(
    snapshot: Snapshot,
    *,
    verdicts: Mapping[str, Verdict] | None = None,
    figures: Figures | None = None,
    window_s: float | None = None,
) -> Figure:
    """Draw everything that the dashboard shows of one moment.

    Args:
        snapshot: The picture's moment.
        verdicts: What the token in each worker's last response is worth, by worker.
        figures: What Envoy itself counts, where it is known.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    parts: list[tuple[float, Callable[[Axes], None]]] = [
        (_TALLIES_IN, lambda axes: _tallies_on(axes, snapshot, figures)),
        (lanes_height_in(snapshot), lambda axes: lanes_on(axes, snapshot, window_s)),
        (threads_height_in(snapshot), lambda axes: threads_on(axes, snapshot)),
    ]
    parts += [
        (crossed_height_in(snapshot, kinds), functools.partial(_crossed_on, snapshot, kinds))
        for kinds in crossed_tables(snapshot)
    ]
    height = headers_height_in(snapshot)
    parts.append((height, lambda axes: headers_on(axes, snapshot, verdicts)))
    if has_claims(snapshot, verdicts):
        parts.append((height, lambda axes: claims_on(axes, snapshot, verdicts or {})))
    heights = [height for height, _ in parts]
    figure = Figure(figsize=(_WIDTH_IN, sum(heights)), layout="constrained")
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    for row, (_, draw) in enumerate(parts):
        draw(figure.add_subplot(grid[row]))
    return figure


def _crossed_on(snapshot: Snapshot, kinds: Sequence[str], axes: Axes) -> None:
    crossed_on(axes, snapshot, kinds)


def _tallies_on(axes: Axes, snapshot: Snapshot, figures: Figures | None) -> None:
    workers = len(snapshot.workers)
    calls = calls_of(snapshot).removeprefix("measured ").removesuffix(" yet").partition(",")[0]
    texts = [f"Calls a period: {calls} (N+1 = {workers + 1})"]
    if figures is not None:
        texts += [
            f"VMs: {figures.vms} alive, {figures.vms_created} created",
            f"reloads: {figures.reloads}",
            f"connections: {sum(figures.connections.values())}",
            f"memory: {figures.rss_bytes / _MEGABYTE:.0f} MB",
        ]
    axes.set_axis_off()
    axes.text(0, 0.5, "   ·   ".join(texts), fontsize=9.5, va="center", transform=axes.transAxes)
