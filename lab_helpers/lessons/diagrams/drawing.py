"""The few shapes that the diagrams are made of.

Everything is drawn in `currentColor`: in a page it has the colour of the text around it, light or
dark. Parts are told apart by their place, their outline and their words, never by colour.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence

from lab_helpers.lessons.shown.page import Bundle, escape

__all__ = ["Diagram", "arrow", "box", "label", "line"]

_FONT = "font-family:system-ui,sans-serif;font-size:13px"
_LINE_HEIGHT = 16
_HEAD = 6


@dataclasses.dataclass(frozen=True, slots=True)
class Diagram:
    """A drawing, and the same in words.

    Attributes:
        title: What it is, in a few words.
        words: What it shows, for a person who does not see it.
        width: Its width in pixels.
        height: Its height in pixels.
        shapes: Its parts, as SVG.
    """

    title: str
    words: str
    width: int
    height: int
    shapes: Sequence[str]

    def svg(self, style: str = "") -> str:
        """Return it as SVG.

        Args:
            style: CSS for the whole drawing.
        """
        # Several drawings may stand in one page: their labels must not share an id.
        key = hashlib.sha256(f"{self.title}{self.shapes}".encode()).hexdigest()[:8]
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}"'
            f' width="{self.width}" height="{self.height}" role="img"'
            f' aria-labelledby="title-{key} words-{key}" style="{_FONT};{style}">'
            f'<title id="title-{key}">{escape(self.title)}</title>'
            f'<desc id="words-{key}">{escape(self.words)}</desc>'
            f"{''.join(self.shapes)}</svg>"
        )

    @property
    def html(self) -> str:
        """Return it as HTML, with the words below it."""
        return (
            f'<figure style="margin:0">{self.svg("max-width:100%;height:auto")}<figcaption>'
            f"<details><summary>{escape(self.title)}, in words</summary>{escape(self.words)}"
            "</details></figcaption></figure>"
        )

    def bundle(self) -> Bundle:
        """Return it by MIME type; as an image of its own it brings its own paper."""
        return {
            "text/plain": f"{self.title}: {self.words}",
            "text/html": self.html,
            "image/svg+xml": self.svg("color:#222;background:#fff"),
        }

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.bundle()


def label(x: float, y: float, text: str, *, anchor: str = "middle", bold: bool = False) -> str:
    """Return text, its lines below each other.

    Args:
        x: Where, from the left.
        y: The first line's base, from the top.
        text: The text.
        anchor: Which end `x` is: `start`, `middle` or `end`.
        bold: Whether it is set in bold.
    """
    weight = ' font-weight="bold"' if bold else ""
    spans = "".join(
        f'<tspan x="{x:g}" y="{y + number * _LINE_HEIGHT:g}">{escape(part)}</tspan>'
        for number, part in enumerate(text.split("\n"))
    )
    return f'<text text-anchor="{anchor}" fill="currentColor"{weight}>{spans}</text>'


def box(
    x: float, y: float, width: float, height: float, text: str = "", *, dashed: bool = False
) -> str:
    """Return a box with a text at its top.

    Args:
        x: Its left side.
        y: Its top.
        width: Its width.
        height: Its height.
        text: What stands in it, from the top; the first line is bold.
        dashed: Whether its outline is dashed.
    """
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    drawn = (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"'
        f' fill="currentColor" fill-opacity="0.05" stroke="currentColor"{dash}/>'
    )
    if not text:
        return drawn
    first, _, rest = text.partition("\n")
    middle = x + width / 2
    drawn += label(middle, y + 18, first, bold=True)
    return drawn + (label(middle, y + 18 + _LINE_HEIGHT, rest) if rest else "")


def line(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    """Return a line.

    Args:
        x1: Its begin, from the left.
        y1: Its begin, from the top.
        x2: Its end, from the left.
        y2: Its end, from the top.
        dashed: Whether it is dashed.
    """
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return (
        f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="currentColor"'
        f' stroke-width="1.5"{dash}/>'
    )


def arrow(x1: float, y1: float, x2: float, y2: float, *, dashed: bool = False) -> str:
    """Return a line with a head at its end.

    Args:
        x1: Its begin, from the left.
        y1: Its begin, from the top.
        x2: Its end, from the left.
        y2: Its end, from the top.
        dashed: Whether its line is dashed.
    """
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1.0)
    along_x, along_y = (x2 - x1) / length * _HEAD, (y2 - y1) / length * _HEAD
    back_x, back_y = x2 - 1.6 * along_x, y2 - 1.6 * along_y
    points = (
        f"{x2:g},{y2:g} {back_x - along_y * 0.7:g},{back_y + along_x * 0.7:g}"
        f" {back_x + along_y * 0.7:g},{back_y - along_x * 0.7:g}"
    )
    head = f'<polygon points="{points}" fill="currentColor"/>'
    return line(x1, y1, back_x, back_y, dashed=dashed) + head
