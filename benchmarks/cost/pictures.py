"""The pictures of the report: readable without colour, with their figures beside the marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.cost.endurance import Endured
from benchmarks.cost.figures import Cost, Costs
from benchmarks.cost.footprint import Grown

__all__ = ["draw_added", "draw_grown", "draw_over_time"]

_WIDTH_IN = 9.0
_ROW_IN = 0.34
_FRAME_IN = 1.1
_LINES_IN = 4.2
_INK, _SOFT = "#222222", "#9db7d5"
_MARKS = ("o", "s", "^", "D")
# Where lines lie on one another, each one's marks are still seen.
_SIZES = (13, 9, 6, 3)
_DASHES = ("-", "--", ":", "-.")
# A bar that is longer than this many times the next is cut, and says so.
_CUT = 2.5
_ROOM = 1.22
_MB = 1_000_000
_DPI = 110


def draw_added(costs: Costs, file: Path, body: Costs | None = None) -> None:
    """Draw what each way adds to a request, the cheapest on top.

    Args:
        costs: The figures.
        file: Where to.
        body: The figures with a body, as a second bar below each; None for none.
    """
    rows = list(costs.rows)
    edge = _ROOM * _reach(costs, body)
    high = _FRAME_IN + _ROW_IN * len(rows) * (1.6 if body else 1)
    figure = Figure(figsize=(_WIDTH_IN, high), layout="constrained")
    axes = figure.add_subplot()
    for place, row in enumerate(rows):
        _bar(axes, place, row, edge, hatch="")
        other = body.row(row.way) if body else None
        if other:
            _bar(axes, place + 0.4, other, edge, hatch="////")
    axes.set_yticks([place + (0.2 if body else 0) for place in range(len(rows))])
    axes.set_yticklabels([row.way.replace("`", "") for row in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, edge)
    axes.set_xlabel("processor time that one filter adds to a request, in µs")
    lines = "the line ends where the least and the most of a round lie"
    axes.set_title(f"plain: no body; hatched: a body of 4 KB; {lines}" if body else lines)
    axes.title.set_fontsize(9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(file, dpi=_DPI)


def _reach(costs: Costs, body: Costs | None) -> float:
    """Return how far the bars that are not cut go, with their lines."""
    *_, second, longest = sorted([0.0, *(row.added_us for row in costs.rows)])
    limit = _CUT * second if second > 0 else longest
    rows = [*costs.rows, *(body.rows if body else ())]
    whole = [row.high_us for row in rows if row.added_us <= limit]
    return max(whole, default=longest)


def _bar(axes: Axes, place: float, row: Cost, edge: float, *, hatch: str) -> None:
    thick = 0.36 if hatch or place % 1 else 0.6
    length = min(row.added_us, edge * 0.86)
    axes.barh(place, length, thick, color=_SOFT, edgecolor=_INK, linewidth=0.6, hatch=hatch)
    if row.added_us > length:
        axes.text(length, place, f"  {row.added_us:.1f} ▶ cut", va="center", fontsize=8)
        return
    axes.plot([row.low_us, row.high_us], [place, place], color=_INK, linewidth=1.4)
    end = max(row.added_us, row.high_us, 0)
    axes.text(end, place, f"  {row.added_us:.1f}", va="center", fontsize=8)


def draw_grown(grown: Sequence[Grown], of: Callable[[Grown], float], what: str, file: Path) -> None:
    """Draw one figure of each way against the number of workers.

    Args:
        grown: All that was measured.
        of: Takes the figure.
        what: Its name and unit.
        file: Where to.
    """
    lines: dict[str, tuple[list[float], list[float]]] = {}
    for one in grown:
        places, values = lines.setdefault(one.way, ([], []))
        places.append(one.workers)
        values.append(of(one))
    axes = _lines(lines, "workers", what)
    axes.set_xscale("log", base=2)
    numbers = sorted({one.workers for one in grown})
    axes.set_xticks(numbers, [str(number) for number in numbers])
    axes.set_ylim(bottom=0)
    _save(axes, file)


def draw_over_time(endured: Sequence[Endured], file: Path) -> None:
    """Draw memory against the number of requests.

    Args:
        endured: The runs.
        file: Where to.
    """
    lines = {run.what: (list(run.requests), [rss / _MB for rss in run.rss]) for run in endured}
    axes = _lines(lines, "requests answered", "memory of Envoy (RSS), in MB")
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    _save(axes, file)


def _lines(lines: Mapping[str, tuple[Sequence[float], Sequence[float]]], x: str, y: str) -> Axes:
    axes = Figure(figsize=(_WIDTH_IN, _LINES_IN), layout="constrained").add_subplot()
    for number, (name, (places, values)) in enumerate(lines.items()):
        axes.plot(
            places,
            values,
            _DASHES[number % len(_DASHES)],
            marker=_MARKS[number % len(_MARKS)],
            markersize=_SIZES[number % len(_SIZES)],
            color=_INK,
            markerfacecolor="white" if number % 2 else _INK,
            label=name.replace("`", ""),
        )
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return axes


def _save(axes: Axes, file: Path) -> None:
    figure = axes.get_figure()
    if isinstance(figure, Figure):
        figure.savefig(file, dpi=_DPI)
