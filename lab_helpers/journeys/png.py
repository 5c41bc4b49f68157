"""Draw a layout with matplotlib, for a saved notebook."""

from __future__ import annotations

import io

from matplotlib.figure import Figure
from matplotlib.patches import FancyArrow, Rectangle

from lab_helpers.journeys.shapes import Bar, Layout, Stroke, Text

__all__ = ["draw", "png"]

_PIXELS_AN_INCH = 100
_DPI = 100
# A pixel of a page is three quarters of a point, and matplotlib's letters are wider.
_POINTS = 0.66
_DASHES = (0, (4, 3))
_HEAD = 7
_ALIGN = {"start": "left", "middle": "center", "end": "right"}


def draw(layout: Layout) -> Figure:
    """Draw a layout.

    Args:
        layout: What to draw.

    Returns:
        A figure that belongs to no window.
    """
    size = (layout.width / _PIXELS_AN_INCH, layout.height / _PIXELS_AN_INCH)
    figure = Figure(figsize=size)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, layout.width)
    axes.set_ylim(layout.height, 0)
    axes.set_axis_off()
    for shape in layout.shapes:
        match shape:
            case Stroke():
                style = _DASHES if shape.dashed else "-"
                axes.plot(
                    [shape.x1, shape.x2],
                    [shape.y1, shape.y2],
                    color="black",
                    linewidth=shape.width * 0.75,
                    linestyle=style,
                    solid_capstyle="butt",
                )
                if shape.head:
                    axes.add_patch(_head(shape))
            case Bar():
                axes.add_patch(
                    Rectangle(
                        (shape.x, shape.y),
                        shape.width,
                        shape.height,
                        facecolor="#e6e6e6",
                        edgecolor="black",
                        linewidth=0.75,
                    )
                )
            case Text():
                axes.text(
                    shape.x,
                    shape.y,
                    # A filter may say `$x$`, which matplotlib would take for mathematics.
                    shape.text,
                    fontsize=shape.size * _POINTS,
                    fontweight="bold" if shape.bold else "normal",
                    fontstyle="italic" if shape.italic else "normal",
                    ha=_ALIGN[shape.anchor],
                    va="baseline",
                    parse_math=False,
                )
    return figure


def png(layout: Layout) -> bytes:
    """Return a layout as a PNG.

    Args:
        layout: What to draw.
    """
    drawn = io.BytesIO()
    draw(layout).savefig(drawn, format="png", dpi=_DPI)
    return drawn.getvalue()


def _head(stroke: Stroke) -> FancyArrow:
    way = 1 if stroke.x2 > stroke.x1 else -1
    return FancyArrow(
        stroke.x2 - way * _HEAD,
        stroke.y2,
        way * _HEAD,
        0,
        width=0,
        head_width=8,
        head_length=_HEAD,
        length_includes_head=True,
        color="black",
        linewidth=0,
    )
