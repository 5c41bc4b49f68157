"""Tick lanes: time from left to right, one lane for each thread, a mark for each tick."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform

from lab_helpers.board.libraries import ended_with_envoy, has_no_vm
from lab_helpers.board.snapshot import Snapshot, Thread, Tick
from lab_helpers.board.telling import tell_notice, tell_silence, tell_sources
from lab_helpers.figures.ages import gap
from lab_helpers.figures.callouts import requests_callouts
from lab_helpers.figures.marks import (
    ANSWERED,
    BEGAN,
    DIED,
    GAP_COLOUR,
    MARKS,
    REPLY_COLOUR,
    TICK,
    UNDER_WAY,
    Mark,
    mark_of,
)
from lab_helpers.figures.words import window_of

__all__ = ["draw_lanes", "lanes_height_in", "lanes_on"]

_WIDTH_IN = 9.0
_LANE_IN = 0.42
_SMALLEST_LANE_IN = 0.16
_FRAME_IN = 1.55
_LEGEND_BELOW_IN = 0.48  # below the axis, its numbers and its name
_NOTE_IN = 0.165  # a line below the title
_NOTE_CHARACTERS = 120
_MOST_NOTES = 4
_MANY_LANES = 20
_SMALLEST_SHARE = 0.25  # a mark's area in a small lane, as a share of a full lane's


def draw_lanes(snapshot: Snapshot, *, window_s: float | None = None) -> Figure:
    """Draw the ticks of each thread over the last seconds.

    Args:
        snapshot: The picture's moment.
        window_s: How far back it reaches, in seconds; None for what suits the tick period.

    Returns:
        A figure that belongs to no window; save it with `figure.savefig`.
    """
    figure = Figure(figsize=(_WIDTH_IN, lanes_height_in(snapshot)), layout="constrained")
    axes = figure.add_subplot()
    lanes_on(axes, snapshot, window_s)
    return figure


def lanes_height_in(snapshot: Snapshot) -> float:
    """Return how high the lanes' drawing is, legend included, in inches.

    Args:
        snapshot: The picture's moment.
    """
    notes = _NOTE_IN * len(lanes_notes(snapshot))
    return _FRAME_IN + notes + _lane_in(snapshot) * max(len(snapshot.threads), 1)


def lanes_on(axes: Axes, snapshot: Snapshot, window_s: float | None = None) -> None:
    """Draw the lanes into a part of a larger figure.

    Args:
        axes: Where to draw.
        snapshot: The picture's moment.
        window_s: How far back it reaches, in seconds; None for what suits the tick period.
    """
    window_s = window_s or window_of(snapshot.tick_ms)
    share = 1.0 if len(snapshot.threads) <= _MANY_LANES else _SMALLEST_SHARE
    drawn = _ticks_on(axes, snapshot, window_s, share)
    drawn |= _changes_on(axes, snapshot, window_s, share)
    _gaps_on(axes, snapshot, window_s)
    _dress(axes, snapshot, window_s)
    handles = [_legend_entry(mark) for mark in MARKS if mark in drawn]
    if handles:
        axes.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0, 0),
            bbox_transform=axes.transAxes + _below(axes, _LEGEND_BELOW_IN),
            ncols=len(handles),
            frameon=False,
            fontsize=8.5,
            handletextpad=0.2,
            columnspacing=1.2,
            borderpad=0,
        )


def lanes_notes(snapshot: Snapshot) -> list[str]:
    """Return what stands below the title: where the numbers come from, and what is not whole.

    Args:
        snapshot: The picture's moment.
    """
    said = " ".join(filter(None, (tell_sources(snapshot), tell_notice(snapshot))))
    return textwrap.wrap(said, _NOTE_CHARACTERS, max_lines=_MOST_NOTES, placeholder=" …")


def _below(axes: Axes, inches: float) -> Transform:
    """Return the way down by so many inches, however high the axes are."""
    return ScaledTranslation(0, -inches, axes.figure.dpi_scale_trans)


def _lane_in(snapshot: Snapshot) -> float:
    return _LANE_IN if len(snapshot.threads) <= _MANY_LANES else _SMALLEST_LANE_IN


def _shown(thread: Thread, snapshot: Snapshot, window_s: float) -> list[Tick]:
    return [tick for tick in thread.recent if tick.time >= snapshot.time - window_s]


def _ticks_on(axes: Axes, snapshot: Snapshot, window_s: float, share: float) -> set[Mark]:
    """Draw ticks, callouts and replies, each kind at once: thousands of artists would be slow."""
    now = snapshot.time
    points: dict[Mark, list[tuple[float, int]]] = {}
    replies: list[tuple[int, float, float]] = []
    for lane, thread in enumerate(snapshot.threads):
        for tick in _shown(thread, snapshot, window_s):
            points.setdefault(TICK, []).append((tick.time - now, lane))
            end = (now if tick.ended is None else tick.ended) - now
            mark = mark_of(tick)
            if mark is not None:
                points.setdefault(mark, []).append((end, lane))
            if tick.sent is not None:
                replies.append((lane, tick.sent - now, end))
        for callout in requests_callouts(thread, now - window_s):
            end = (now if callout.ended is None else callout.ended) - now
            mark = UNDER_WAY if callout.ended is None else ANSWERED
            points.setdefault(mark, []).append((end, lane))
            replies.append((lane, callout.sent - now, end))
    if replies:
        lanes, starts, ends = zip(*replies, strict=True)
        axes.hlines(lanes, starts, ends, color=REPLY_COLOUR, linewidth=1.6)
    for mark, places in points.items():
        _scatter(axes, mark, places, share)
    return set(points)


def _changes_on(axes: Axes, snapshot: Snapshot, window_s: float, share: float) -> set[Mark]:
    points: dict[Mark, list[tuple[float, int]]] = {}
    for lane, thread in enumerate(snapshot.threads):
        for change in thread.changes:
            ago = change.time - snapshot.time
            if ago >= -window_s:
                points.setdefault(DIED if change.failure else BEGAN, []).append((ago, lane))
    for mark, places in points.items():
        _scatter(axes, mark, places, share)
    return set(points)


def _gaps_on(axes: Axes, snapshot: Snapshot, window_s: float) -> None:
    """Draw the gap from each thread's last tick to now, and say how long it is."""
    small = len(snapshot.threads) > _MANY_LANES
    for lane, thread in enumerate(snapshot.threads):
        text, weight = _since_last_tick(thread, snapshot), "normal"
        if thread.failure:
            text, weight = "Envoy ended" if ended_with_envoy(thread) else "VM died", "bold"
        elif thread.last_tick is not None and not tell_silence(snapshot, thread).text:
            start = max(thread.last_tick.time - snapshot.time, -window_s)
            axes.hlines(lane, start, 0, color=GAP_COLOUR, linewidth=1, linestyles=":", zorder=0)
        axes.text(
            1.01,
            lane,
            text,
            transform=axes.get_yaxis_transform(),
            va="center",
            fontsize=6 if small else 9,
            fontweight=weight,
        )


def _since_last_tick(thread: Thread, snapshot: Snapshot) -> str:
    silence = tell_silence(snapshot, thread).text
    if silence or thread.last_tick is None:
        return silence
    since = f"{gap(snapshot.time - thread.last_tick.time)} ago"
    ended = next((tick for tick in reversed(thread.recent) if tick.ended is not None), None)
    if ended is None or ended.ended is None:
        return since
    return f"{since}, reply {(ended.ended - (ended.sent or ended.time)) * 1000:.1f} ms"


def _scatter(axes: Axes, mark: Mark, places: Iterable[tuple[float, int]], share: float) -> None:
    times, lanes = zip(*places, strict=True)
    if mark.shape == "|":  # it has no inside, and so no edge
        # It reaches beyond the reply's mark, which stands on it where the reply was quick.
        size = mark.size * max(share, 0.45)
        axes.scatter(times, lanes, marker="|", s=size, c=mark.colour, linewidths=1.6)
        return
    axes.scatter(
        times,
        lanes,
        marker=mark.shape,
        s=mark.size * share,
        facecolors=mark.colour if mark.filled else "white",
        edgecolors=mark.colour,
        linewidths=1.2,
        zorder=3,
    )


def _legend_entry(mark: Mark) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="none",
        marker=mark.shape,
        markersize=max(mark.size**0.5 * 0.8, 6),
        markerfacecolor=mark.colour if mark.filled else "white",
        markeredgecolor=mark.colour,
        label=mark.label,
    )


def _dress(axes: Axes, snapshot: Snapshot, window_s: float) -> None:
    threads: Sequence[Thread] = snapshot.threads
    axes.set_xlim(-window_s, window_s * 0.01)
    axes.set_ylim(max(len(threads), 1) - 0.5, -0.5)
    labels = [thread.name for thread in threads]
    small = len(threads) > _MANY_LANES
    axes.set_yticks(range(len(threads)), labels, fontsize=6 if small else 10)
    axes.set_xlabel("seconds before now", fontsize=9)
    notes = lanes_notes(snapshot)
    axes.set_title(_title(snapshot) + "\n" * len(notes), loc="left", fontsize=11)
    for line, note in enumerate(reversed(notes)):
        up = ScaledTranslation(0, 0.09 + line * _NOTE_IN, axes.figure.dpi_scale_trans)
        axes.text(0, 1, note, transform=axes.transAxes + up, fontsize=8.5, va="bottom")
    axes.grid(axis="x", color="#E5E5E5")
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if not threads:
        axes.text(0.5, 0.5, "No thread has run Wasm yet", transform=axes.transAxes, ha="center")


def _title(snapshot: Snapshot) -> str:
    workers = len(snapshot.workers)
    plural = "" if workers == 1 else "s"
    period = f", every {snapshot.tick_ms / 1000:g} s" if snapshot.tick_ms else ""
    each = ", each with a VM of its own"
    if any(thread.vms_alive > 1 for thread in snapshot.threads):
        each = ""  # the note says how many each has
    if any(map(has_no_vm, snapshot.threads)):
        each = ", all with one dynamic module"
    asked = any(thread.request_callouts for thread in snapshot.threads)
    what = "Callouts of requests" if asked and not snapshot.ticking else "Ticks"
    return f"{what} by thread: {workers} worker{plural} and main{each}{period}"
