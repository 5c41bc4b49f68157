"""The few shapes that a journey's picture is made of, whatever draws them."""

from __future__ import annotations

import dataclasses

__all__ = ["Bar", "Layout", "Shape", "Stroke", "Text"]


@dataclasses.dataclass(frozen=True, slots=True)
class Stroke:
    """A line, with a head at its end unless it has none."""

    x1: float
    y1: float
    x2: float
    y2: float
    width: float = 1.4
    dashed: bool = False
    head: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Bar:
    """A box: the time that a callback takes, or a lifeline's head."""

    x: float
    y: float
    width: float
    height: float


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """A text; `anchor` says which end of it `x` is: start, middle or end."""

    x: float
    y: float
    text: str
    anchor: str = "start"
    size: int = 12
    bold: bool = False
    italic: bool = False
    whole: str = ""


Shape = Stroke | Bar | Text


@dataclasses.dataclass(frozen=True, slots=True)
class Layout:
    """A picture's shapes.

    Attributes:
        width: In pixels.
        height: In pixels.
        shapes: What is drawn, in this order.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...]
