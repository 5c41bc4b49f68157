"""Draw a layout as SVG, in the colour of the text around it: light or dark, and never by colour."""

from __future__ import annotations

import hashlib
import html

from lab_helpers.journeys.shapes import Bar, Layout, Stroke, Text

__all__ = ["svg"]

_FONT = "font-family:system-ui,sans-serif"
_HEAD = 7


def svg(layout: Layout, title: str, words: str) -> str:
    """Return a layout as SVG.

    Args:
        layout: What to draw.
        title: What it is, in a few words.
        words: What it shows, for those who do not see it.
    """
    shapes = "".join(map(_shape, layout.shapes))
    # Several may stand in one page: their labels must not share an id.
    key = hashlib.sha256(f"{title}{shapes}".encode()).hexdigest()[:10]
    said = html.escape(" ".join(words.split()))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lab-journey" role="img"'
        f' viewBox="0 0 {layout.width:g} {layout.height:g}" width="{layout.width:g}"'
        f' height="{layout.height:g}" aria-labelledby="title-{key} words-{key}"'
        f' style="{_FONT};max-width:100%;height:auto" fill="currentColor" stroke="none">'
        f'<title id="title-{key}">{html.escape(title)}</title><desc id="words-{key}">{said}</desc>'
        f"{shapes}</svg>"
    )


def _shape(shape: Stroke | Bar | Text) -> str:
    match shape:
        case Stroke():
            return _stroke(shape)
        case Bar():
            return (
                f'<rect x="{shape.x:g}" y="{shape.y:g}" width="{shape.width:g}"'
                f' height="{shape.height:g}" rx="3" fill-opacity="0.1" stroke="currentColor"/>'
            )
        case Text():
            weight = ' font-weight="bold"' if shape.bold else ""
            style = ' font-style="italic"' if shape.italic else ""
            tip = f"<title>{html.escape(shape.whole)}</title>" if shape.whole != shape.text else ""
            return (
                f'<text x="{shape.x:g}" y="{shape.y:g}" text-anchor="{shape.anchor}"'
                f' font-size="{shape.size}"{weight}{style}>{html.escape(shape.text)}'
                f"{tip if shape.whole else ''}</text>"
            )


def _stroke(stroke: Stroke) -> str:
    dash = ' stroke-dasharray="5 4"' if stroke.dashed else ""
    line = (
        f'<line x1="{stroke.x1:g}" y1="{stroke.y1:g}" x2="{stroke.x2:g}" y2="{stroke.y2:g}"'
        f' stroke="currentColor" stroke-width="{stroke.width:g}"{dash}/>'
    )
    if not stroke.head:
        return line
    way = -_HEAD if stroke.x2 > stroke.x1 else _HEAD
    x, y = stroke.x2, stroke.y2
    return f'{line}<polygon points="{x:g},{y:g} {x + way:g},{y - 4:g} {x + way:g},{y + 4:g}"/>'
