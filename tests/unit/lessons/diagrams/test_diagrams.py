"""The diagrams: well-formed, with the same in words, and no text on another or out of its box."""

from __future__ import annotations

import functools
import itertools
import xml.etree.ElementTree as ET

import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.diagrams import DIAGRAMS, Diagram, diagram
from lab_helpers.lessons.shown.page import escape

SVG = "{http://www.w3.org/2000/svg}"
ALL = [
    *(diagram(name) for name in DIAGRAMS),
    *(diagram("threads", workers=workers) for workers in (1, 3, 4)),
]
every = pytest.mark.parametrize("drawn", ALL, ids=lambda drawn: f"{drawn.title} {drawn.width}")
Box = tuple[float, float, float, float]  # left, top, right, bottom


@functools.cache
def width_of(words: str, *, bold: bool) -> float:
    # DejaVu Sans is wider than what a browser takes for system-ui: what fits in it fits there.
    weight = "bold" if bold else "normal"
    properties = FontProperties(family="DejaVu Sans", size=13, weight=weight)
    width, _, _ = TextToPath().get_text_width_height_descent(words, properties, ismath=False)
    return float(width)


def shapes(drawn: Diagram) -> ET.Element:
    return ET.fromstring(drawn.svg())  # noqa: S314  # our own


def texts(drawn: Diagram) -> list[tuple[str, Box]]:
    """Each line of text, and the room that it takes."""
    found = []
    for text in shapes(drawn).iter(f"{SVG}text"):
        for line in text.iter(f"{SVG}tspan"):
            words = line.text or ""
            width = width_of(words, bold=text.get("font-weight") == "bold")
            x, base = float(line.get("x", "nan")), float(line.get("y", "nan"))
            left = x - width * {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor", "")]
            found.append((words, (left, base - 10, left + width, base + 3)))
    return found


def boxes(drawn: Diagram) -> list[Box]:
    sides = [
        [float(rect.get(name, "nan")) for name in ("x", "y", "width", "height")]
        for rect in shapes(drawn).iter(f"{SVG}rect")
    ]
    return [(x, y, x + width, y + height) for x, y, width, height in sides]


def lines(drawn: Diagram) -> list[tuple[float, float, float, float]]:
    return [
        (float(a["x1"]), float(a["y1"]), float(a["x2"]), float(a["y2"]))
        for a in (line.attrib for line in shapes(drawn).iter(f"{SVG}line"))
    ]


def meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def within(inner: Box, outer: Box) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )


@every
def test_it_has_a_title_and_words_that_a_screen_reader_finds(drawn: Diagram) -> None:
    root = shapes(drawn)
    assert root.get("role") == "img"
    title, words = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert words is not None
    assert root.get("aria-labelledby", "").split() == [title.get("id"), words.get("id")]
    assert title.text == drawn.title
    assert words.text == drawn.words
    assert len(drawn.words.split()) > 30
    assert f"{escape(drawn.words)}</details>" in drawn.html
    assert drawn.bundle()["text/plain"] == f"{drawn.title}: {drawn.words}"


def test_drawings_in_one_page_share_no_id() -> None:
    ids = [element.get("id") for drawn in ALL for element in shapes(drawn) if element.get("id")]
    # "threads" with two workers is the plain one: 7 drawings, each with a title and words.
    assert len(ids) == len(set(ids)) == 2 * len(ALL)


@every
def test_no_text_lies_on_another(drawn: Diagram) -> None:
    together = [
        (one, other)
        for (one, room), (other, other_room) in itertools.combinations(texts(drawn), 2)
        if meet(room, other_room)
    ]
    assert together == []


@every
def test_every_text_is_within_the_drawing_and_runs_out_of_no_box(drawn: Diagram) -> None:
    outlines = boxes(drawn)
    for words, room in texts(drawn):
        assert within(room, (0, 0, drawn.width, drawn.height)), words
        for box in outlines:
            apart = not meet(room, box)
            assert apart or within(room, box), f"{words!r} runs over the side of a box"


@every
def test_every_box_and_line_is_within_the_drawing_and_boxes_do_not_cross(drawn: Diagram) -> None:
    page = (0, 0, drawn.width, drawn.height)
    for x1, y1, x2, y2 in lines(drawn):
        assert within((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)), page)
    assert all(within(box, page) for box in boxes(drawn))
    for one, other in itertools.combinations(boxes(drawn), 2):
        assert not meet(one, other) or within(one, other) or within(other, one)


@every
def test_no_line_crosses_a_text(drawn: Diagram) -> None:
    # Looked at by many points on each line: a slanted one has no side to compare.
    rooms = texts(drawn)
    for x1, y1, x2, y2 in lines(drawn):
        for step in range(101):
            x, y = x1 + (x2 - x1) * step / 100, y1 + (y2 - y1) * step / 100
            for words, (left, top, right, bottom) in rooms:
                assert not (left < x < right and top < y < bottom), words


@every
def test_nothing_depends_on_colour(drawn: Diagram) -> None:
    for element in shapes(drawn).iter():
        for name in ("fill", "stroke"):
            assert element.get(name, "none") in ("none", "currentColor")


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_the_threads_drawn_are_the_threads_said(workers: int) -> None:
    drawn = diagram("threads", workers=workers)
    words = [text for text, _ in texts(drawn)]
    assert [text for text in words if text.startswith("worker_")] == [
        f"worker_{number}" for number in range(workers)
    ]
    assert words.count("Wasm VM") == workers + 1
    assert f"each timer asks it once a period: {workers + 1} calls" in words
    assert f" {workers} worker thread{'' if workers == 1 else 's'} and a main" in drawn.words
    assert f"gets {workers + 1} calls a period" in drawn.words


def test_what_cannot_be_drawn_is_said() -> None:
    for workers in (0, 5):
        with pytest.raises(ConfigurationError, match=f"cannot show {workers} workers"):
            diagram("threads", workers=workers)
    with pytest.raises(ConfigurationError, match="no diagram 'workers'") as caught:
        diagram("workers")
    assert "threads" in caught.value.hint
    with pytest.raises(ConfigurationError, match="diagram 'envoy' takes"):
        diagram("envoy", workers=3)


def test_angle_brackets_in_a_drawing_stay_text() -> None:
    drawn = Diagram("<b>", "x < y & z", 10, 10, ())
    assert ET.fromstring(drawn.svg()).findtext(f"{SVG}desc") == "x < y & z"  # noqa: S314
    assert "<b>" not in drawn.html
