"""The whole dashboard as one drawing: figures, lanes, threads, responses, claims."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.envoy.admin import Figures
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
    heights = [
        _TALLIES_IN,
        lanes_height_in(snapshot),
        threads_height_in(snapshot),
        headers_height_in(snapshot),
    ]
    if has_claims(snapshot, verdicts):
        heights.append(headers_height_in(snapshot))
    figure = Figure(figsize=(_WIDTH_IN, sum(heights)), layout="constrained")
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    tallies, lanes, threads, headers, *claims = (
        figure.add_subplot(grid[row]) for row in range(len(heights))
    )
    _tallies_on(tallies, snapshot, figures)
    lanes_on(lanes, snapshot, window_s)
    threads_on(threads, snapshot)
    headers_on(headers, snapshot, verdicts)
    for axes in claims:
        claims_on(axes, snapshot, verdicts or {})
    return figure


def _tallies_on(axes: Axes, snapshot: Snapshot, figures: Figures | None) -> None:
    measured = snapshot.calls_per_period
    workers = len(snapshot.workers)
    calls = "not measured" if measured is None else f"{measured:g}"
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
