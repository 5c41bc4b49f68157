"""A journey in words, as a table and as a picture, on a request that was recorded."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree as ET

import pytest

from lab_helpers.board.journey import Trip
from lab_helpers.journeys.layout import lay_out
from lab_helpers.journeys.page import journey_html
from lab_helpers.journeys.png import draw, png
from lab_helpers.journeys.shapes import Bar, Stroke, Text
from lab_helpers.journeys.svg import svg
from lab_helpers.journeys.table import trip_table
from lab_helpers.journeys.telling import Teller
from lab_helpers.journeys.words import COST, Frame, counted, describe
from tests.unit.board.test_journey import Tape, recorded

HOSTILE = '<script>x</script>&"$x$ \\ '
TOKEN = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJub2JvZHkifQ.c2lnbmVkIGJ5IG5vYm9keQ"  # noqa: S105  # of nobody
SVG = "{http://www.w3.org/2000/svg}"


def frame(**changes: object) -> Frame:
    given = {
        "worker": "worker_0",
        "request": "GET /",
        "module": "mine",
        "answer": "200 after 2.0 ms, answered",
        "answered_us": 2000,
    }
    return Frame(**(given | changes))  # type: ignore[arg-type]


def told(trip: Trip, literal: str = "") -> Teller:
    return Teller(trip, lambda _pointer, length: literal[:length])


@pytest.fixture(scope="module")
def pause() -> Teller:
    return told(recorded("1.40.0-tinygo-pause"))


def texts(teller: Teller, given: Frame) -> list[str]:
    return [each.text for each in lay_out(teller, given).shapes if isinstance(each, Text)]


def test_words_say_what_did_something_and_count_the_rest(pause: Teller) -> None:
    assert counted(pause) == "9 entries, 2 did something"
    said = describe(pause, frame(notes=("A note.",)))
    lines = said.split("\n")
    assert lines[0] == "GET / to worker_0: 200 after 2.0 ms, answered."
    assert re.fullmatch(
        r"[\d,]+ µs: OnHttpRequestHeaders 7 headers, the end → pause\. It called DispatchHttpCall"
        r" a name of 2 bytes, 66 bytes of headers, 2,000 ms → ok\.",
        lines[2],
    )
    assert "DispatchHttpCall's callback 7 headers, 8 bytes of body, for this request" in lines[3]
    assert "ResumeHttpRequest → ok" in lines[3]
    assert "OnHttpResponseBody × 2" in said
    assert lines[-3].endswith("it ended: Envoy deleted the request's context.")
    assert lines[-2:] == ["A note.", COST]


def test_a_name_that_is_a_constant_is_shown_and_a_value_is_a_length() -> None:
    said = describe(told(recorded("1.40.0-tinygo-fixed"), "x-wasm-filter"), frame())
    assert 'ReplaceHttpResponseHeader "x-wasm-filter", 15 bytes → ok' in said
    assert '"x-wasm-filter", "' not in said


def test_no_whole_token_is_shown_though_it_be_a_name() -> None:
    teller = Teller(recorded("1.40.0-tinygo-fixed"), lambda _pointer, _length: TOKEN)
    for shown in (
        describe(teller, frame()),
        trip_table(teller, "t").html,
        svg(lay_out(teller, frame()), "t", "w"),
    ):
        assert TOKEN not in shown
        assert TOKEN[-20:] not in shown
        assert "Bearer eyJ" in shown


def test_the_table_has_a_row_for_each_crossing_with_the_abis_own_words(pause: Teller) -> None:
    table = trip_table(pause, "What crossed")
    names = [row.name.strip() for row in table.rows]
    assert names[:4] == [
        "▶ NewHttpContext",
        "▶ OnHttpRequestHeaders",
        "◀ DispatchHttpCall",
        "▶ DispatchHttpCall's callback",
    ]
    assert table.rows[2].abi.startswith("proxy_http_call(")
    assert len(table.strong) == len(table.rows)
    assert [row.name for row, strong in zip(table.rows, table.strong, strict=True) if strong][
        :1
    ] == ["▶ OnHttpRequestHeaders"]
    bundle = table._repr_mimebundle_()
    assert bundle["text/html"].count("<tr") == len(table.rows) + 1
    assert len(bundle["text/plain"].splitlines()) == len(table.rows) + 2


def test_the_svg_is_whole_has_no_colour_and_says_what_it_shows(pause: Teller) -> None:
    drawn = svg(lay_out(pause, frame()), "A journey", "What it\nshows.")
    root = ET.fromstring(drawn)  # noqa: S314  # our own
    assert root.get("role") == "img"
    title, words = (root.find(f"{SVG}{tag}") for tag in ("title", "desc"))
    assert title is not None
    assert words is not None
    assert (title.text, words.text) == ("A journey", "What it shows.")
    assert root.get("aria-labelledby") == f"{title.get('id')} {words.get('id')}"
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn))
    assert colours == {"currentColor", "none"}
    # What did something is told from what did not by the stroke alone.
    widths = {line.get("stroke-width") for line in root.iter(f"{SVG}line")}
    assert len(widths) > 2


def test_everything_is_within_the_picture_and_nothing_lies_on_another(pause: Teller) -> None:
    layout = lay_out(pause, frame(notes=("A note. " * 60,)))
    for shape in layout.shapes:
        match shape:
            case Text():
                assert 0 <= shape.x <= layout.width
                assert 0 < shape.y < layout.height
            case Bar():
                assert shape.x >= 0
                assert shape.height >= 0
                assert shape.y + shape.height <= layout.height
            case Stroke():
                assert max(shape.y1, shape.y2) <= layout.height
    # Labels of strokes stand in one column.
    columns: dict[tuple[float, str], list[float]] = {}
    for each in layout.shapes:
        if isinstance(each, Text):
            columns.setdefault((each.x, each.anchor), []).append(each.y)
    for heights in columns.values():
        assert all(b - a >= 12 for a, b in itertools.pairwise(sorted(heights)))


def test_a_failure_is_drawn_as_one(pause: Teller) -> None:
    failed = told(recorded("1.40.0-tinygo-panic_done"))
    shown = texts(failed, frame())
    assert "✗ panic: in OnHttpStreamDone" in shown
    assert "the VM runs no more code" in shown
    assert not any(text.startswith("✗") for text in texts(pause, frame()))


def test_a_tick_in_between_is_said_to_be_one() -> None:
    tape = Tape()
    tape.request(2)
    tape.step_tick()
    tape.delete(2)
    teller = told(tape.trip())
    assert counted(teller) == "3 entries, 0 did something"
    assert any("a tick" in text for text in texts(teller, frame()))
    assert "(a tick, not of this request)" in describe(teller, frame())


def test_the_same_again_and_again_is_one_stroke_and_a_long_one_ends() -> None:
    tape = Tape()
    tape.request(2)
    for _ in range(50):
        tape.into("proxy_on_response_body", 2, 1024, 0)
    for _ in range(100):
        tape.step_tick()
    tape.delete(2)
    shown = texts(told(tape.trip()), frame())
    assert "OnHttpResponseBody × 50" in shown
    assert any(text.startswith("and ") and "more entries" in text for text in shown)
    assert len(shown) < 250


def test_what_a_person_or_a_filter_wrote_is_text_alone() -> None:
    tape = Tape()
    tape.request(2)
    tape.fail(HOSTILE)
    teller = told(tape.trip())
    given = frame(request=HOSTILE, module=HOSTILE, answer=HOSTILE, notes=(HOSTILE,))
    layout = lay_out(teller, given)
    drawn = svg(layout, HOSTILE, HOSTILE)
    ET.fromstring(drawn)  # noqa: S314  # our own
    words = describe(teller, given)
    page = journey_html(drawn, words, trip_table(teller, HOSTILE).html)
    assert "<script" not in page
    assert png(layout).startswith(b"\x89PNG")  # `$x$` is no mathematics


def test_the_png_is_as_large_as_the_picture(pause: Teller) -> None:
    layout = lay_out(pause, frame())
    width, height = draw(layout).get_size_inches() * 100
    assert (round(width), round(height)) == (layout.width, round(layout.height))
    assert png(layout).startswith(b"\x89PNG")


def test_a_request_without_an_answer_is_told_as_one() -> None:
    tape = Tape()
    tape.into("proxy_on_context_create", 2, 1, result=None)
    tape.into("proxy_on_request_headers", 2, 7, 1, result=1)
    teller = told(tape.trip(answered=None))
    shown = texts(teller, frame(answer="no answer", answered_us=None))
    assert "its end was not seen" in shown
    assert "pause" in shown
    assert not any("the client has" in text for text in shown)
