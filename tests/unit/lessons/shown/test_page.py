"""What a page shows: as HTML without a hole for markup, and the same as plain text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.shown.page import Note, Table, escape, inline_code

EVIL = "<script>alert(1)</script> & \"q\" 'a'"


def words_in(html: str) -> str:
    """The text of HTML that is well-formed as XML, too: a tag that is left open fails here."""
    return "".join(ET.fromstring(html.replace("<br>", "\n")).itertext())  # noqa: S314  # our own


@pytest.mark.parametrize(
    "html",
    [
        Note(((EVIL, EVIL), ("", f"first\n{EVIL}"))).html,
        Table(EVIL, (EVIL, EVIL), ((EVIL, EVIL), (EVIL, f"{EVIL}\n{EVIL}"))).html,
    ],
    ids=["note", "table"],
)
def test_markup_in_what_is_shown_stays_text(html: str) -> None:
    assert "<script" not in html
    assert words_in(html).count("<script>alert(1)</script>") >= 3


def test_line_ends_are_kept() -> None:
    assert escape("a<b\nc") == "a&lt;b<br>c"
    assert escape(7) == "7"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("run `hint(1)` now", "run <code>hint(1)</code> now"),
        ("`a` and `<b>`", "<code>a</code> and <code>&lt;b&gt;</code>"),
        ("one ` alone stays", "one ` alone stays"),
        ("`a` and ` alone", "<code>a</code> and ` alone"),
    ],
)
def test_backticks_in_pairs_make_code(text: str, html: str) -> None:
    assert inline_code(text) == html


def test_a_note_is_a_line_for_each_mark() -> None:
    note = Note((("✓", "it is so"), ("", "`x: 1`")))
    assert note.text == "✓ it is so\n`x: 1`"
    assert words_in(note.html) == "✓it is sox: 1"
    assert note.bundle() == {"text/plain": note.text, "text/html": note.html}
    assert note._repr_mimebundle_(include=None) == note.bundle()  # as IPython calls it


def test_a_tools_own_words_keep_their_spaces_so_that_the_caret_stands_right() -> None:
    note = Note((("✗", "it does not compile\n    x := 1\n    ^"),))
    assert "    x := 1\n    ^</pre>" in note.html
    assert note.text.endswith("\n    x := 1\n    ^")


def test_a_table_has_headings_for_its_columns_and_its_rows() -> None:
    table = Table("Two threads", ("thread", "ticks"), (("main", "1"), ("`worker_0`", "2")))
    root = ET.fromstring(table.html)  # noqa: S314  # our own
    assert [cell.text for cell in root.findall("thead/tr/th[@scope='col']")] == ["thread", "ticks"]
    rows = root.findall("tbody/tr")
    assert ["".join(row.find("th").itertext()) for row in rows] == ["main", "worker_0"]  # type: ignore[union-attr]
    assert [row.find("td").text for row in rows] == ["1", "2"]  # type: ignore[union-attr]
    assert root.find("caption").text == "Two threads"  # type: ignore[union-attr]


def test_a_table_reads_as_text() -> None:
    rows = (("main", "1", "none"), ("", "2", "some"), ("long", "3", "one\ntwo"), ("x", "y\nz"))
    assert Table("Title", ("a", "b", "c"), rows).text == (
        "Title\nmain: 1 · none\n2 · some\nlong: 3\n    one\n    two\nx:\n    y\n    z"
    )


def test_a_cell_with_nothing_in_it_leaves_no_dot_in_the_text() -> None:
    rows = (("x-auth", "abc", ""), ("x", "", "what it is"), ("alone", ""))
    assert Table("T", ("a", "b", "c"), rows).text == "T\nx-auth: abc\nx: what it is\nalone"


def test_a_table_is_shown_as_both() -> None:
    table = Table("T", ("a", "b"), (("x", "y"),))
    assert table._repr_mimebundle_() == {"text/plain": table.text, "text/html": table.html}


@pytest.mark.parametrize(
    "html",
    [
        Note((("✓", "it is so"), ("✗", "it is not"))).html,
        Note((("·", "✓ and ✗ in a text"),)).html,
        Note((("·", "and quoted:\n✓ this\n✗ that"),)).html,
        Table("✓ valid, ✗ not", ("a", "b"), ()).html,
        Table("T", ("a", "b"), (("one", "✓ done\n✗ not"),)).html,
        Source("✓ saved, ✗ not", ("x",)).html,
        Source("✓ saved", ("x",), problems={1: "it is wrong"}).html,
    ],
    ids=["marks", "text", "quote", "caption", "cell", "title", "problem"],
)
def test_the_two_marks_differ_in_weight_and_colour_wherever_they_stand(html: str) -> None:
    styles: dict[str, str] = {}
    for span in ET.fromstring(html.replace("<br>", "\n")).iter("span"):  # noqa: S314  # our own
        if span.text in {"✓", "✗"}:
            styles[span.text] = span.attrib["style"]
    assert set(styles) == {"✓", "✗"}
    yes, no = (dict(re.findall(r"([\w-]+):([^;]+)", styles[mark])) for mark in "✓✗")
    assert int(no["font-weight"]) - int(yes["font-weight"]) >= 300
    assert yes["color"] != no["color"]


def test_no_heading_shows_its_backticks() -> None:
    """A table's title and its columns', and what stands above a listing."""
    table = Table("Run `lab up`", ("`name`", "in Go"), (("`one`", "two"),)).html
    listing = Source("✗ mine/tick.go. Try: `lab setup`", ["package main"]).html
    for shown in (table, listing):
        assert "`" not in shown
        assert words_in(shown).count("lab") == 1
    assert "<caption" in table
    assert "<code>lab up</code></caption>" in table
    assert "<code>name</code></th>" in table
    assert "mine/tick.go. Try: <code>lab setup</code></b>" in listing
    assert "`lab up`" in Table("Run `lab up`", ("a",), (("b",),)).text


@pytest.mark.parametrize(
    "html",
    [
        Source("mine/tick.go", ["func f() {", "\tg()", "}"]).html,
        Note((("✗", "it says:\n\tg()\n\t^"),)).html,
    ],
    ids=["listing", "a tool's own words"],
)
def test_a_tab_is_as_wide_in_each_listing(html: str) -> None:
    assert "\t" in html
    assert html.count("tab-size:4") == html.count("<pre")
