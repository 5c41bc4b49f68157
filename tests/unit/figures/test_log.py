"""What filters said, as rows, words, a page and a drawing: bounded, and text throughout."""

from __future__ import annotations

import io

import matplotlib as mpl
import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    Event,
    FilterSaid,
    Panicked,
    SettingsRefused,
    ThreadsNamed,
    VmFailed,
)
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.figures import describe_log, draw_log
from lab_helpers.figures.log_page import log_html
from lab_helpers.figures.log_rows import MOST_BYTES, clock_time, log_rows
from tests.moody import EVIL

MAIN, WORKER_0 = 100, 101
LINES = (
    FilterSaid(1.25, WORKER_0, "debug", "good morning"),
    FilterSaid(2.0, 999, "warning", "two\nlines"),
    Panicked(3.0, WORKER_0, "on purpose\n\n"),
    VmFailed(3.1, WORKER_0, "proxy_on_tick", "unreachable"),
    SettingsRefused(4.0, MAIN, "aa", "no such setting"),
)


def picture(*events: Event) -> Snapshot:
    board = Board()
    board.apply(ThreadsNamed(0.0, ((MAIN, "main"), (WORKER_0, "worker_0"))))
    for event in events:
        board.apply(event)
    return board.snapshot(5.0)


def test_each_line_has_its_thread_its_level_and_its_text() -> None:
    rows = log_rows(picture(*LINES))
    assert [(row.number, row.thread, row.level, row.text, row.serious) for row in rows] == [
        (1, "worker_0", "debug", "good morning", False),
        (2, "thread 999", "warning", "two\nlines", False),
        (3, "worker_0", "✖ panic", "on purpose", True),
        (4, "worker_0", "✖ VM failed", "proxy_on_tick: unreachable", True),
        (5, "main", "✖ settings refused", "no such setting", True),
    ]


def test_the_words_hold_the_lines_and_name_the_panic() -> None:
    words = describe_log(picture(*LINES)).split("\n")
    assert words[0] == "5 lines of the log; 1 of them a panic."
    assert words[1] == f"{clock_time(1.25)} UTC worker_0 debug: good morning"
    assert words[1].split()[0].endswith(".250")
    assert words[2:4] == [f"{clock_time(2.0)} UTC thread 999 warning: two", "    lines"]


def test_where_nothing_was_said_it_says_where_to_look() -> None:
    assert 'log_level="debug"' in describe_log(picture())
    assert log_html(picture()).startswith("<p>No filter has said anything")
    assert texts(picture())


@pytest.mark.parametrize(("size", "most"), [(10, 200), (1_000, 33), (100_000, 17)])
def test_lines_and_bytes_are_bounded_and_what_is_left_out_is_counted(size: int, most: int) -> None:
    seen = picture(*(FilterSaid(1.0, WORKER_0, "info", "é" * (size // 2)) for _ in range(500)))
    rows = log_rows(seen)
    assert 1 <= len(rows) <= most
    assert sum(len(row.text.encode()) for row in rows) <= MOST_BYTES
    assert rows[-1].number == 500
    assert f"after {500 - len(rows)} that are no longer shown" in describe_log(seen)
    assert len(log_html(seen)) < 3 * MOST_BYTES + 200 * 800


def test_one_line_is_shown_however_long_it_is() -> None:
    (row,) = log_rows(picture(FilterSaid(1.0, WORKER_0, "info", "x" * 10**6)))
    assert row.text.endswith("… (1,000,000 characters)")


def test_a_foreign_text_acts_nowhere() -> None:
    seen = picture(FilterSaid(1.0, WORKER_0, "<i>info</i>", EVIL), Panicked(2.0, MAIN, EVIL))
    for shown in (describe_log(seen), log_html(seen), texts(seen)):
        assert "\x1b" not in shown
        assert "\u202e" not in shown
    assert "\\x1b[31mred" in describe_log(seen)
    page = log_html(seen)
    assert "\\x1b[31mred" in page
    assert "<script>" not in page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;window.acted=1" in page
    assert "`code`" in page


def test_a_panic_is_marked_by_more_than_colour() -> None:
    page = log_html(picture(*LINES))
    assert "✖ panic" in page
    assert page.count("box-shadow") == 3


@pytest.mark.parametrize("text", ["$\\frac$ $x", "漢字 🎉", "a\tb", "\ud800"])
def test_any_text_can_be_drawn(text: str) -> None:
    assert texts(picture(FilterSaid(1.0, WORKER_0, "info", text)))


def texts(seen: Snapshot) -> str:
    saved = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        draw_log(seen).savefig(saved, format="svg", metadata={"Date": None})
    return saved.getvalue()
