"""The same Go in two homes, in one picture: Wasm above, the dynamic module below."""

from __future__ import annotations

from matplotlib.figure import Figure

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.figures.lanes import lanes_height_in, lanes_on

__all__ = ["draw_homes"]

_WIDTH_IN = 9.0


def draw_homes(wasm: Snapshot, library: Snapshot, *, window_s: float | None = None) -> Figure:
    """Draw the ticks of a Wasm filter, and below them those of the dynamic module.

    Args:
        wasm: The board of an Envoy that runs the filter as Wasm.
        library: The board of one that runs it as a dynamic module.
        window_s: How far back both reach, in seconds; None for what suits each tick period.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    heights = [lanes_height_in(wasm), lanes_height_in(library)]
    figure = Figure(figsize=(_WIDTH_IN, sum(heights)), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=heights)
    lanes_on(above, wasm, window_s)
    lanes_on(below, library, window_s)
    return figure
