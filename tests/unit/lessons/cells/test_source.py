"""Code as a page shows it: every line and its number, highlighted, with marks where it is wrong."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.source import Source, highlight

FILES = [
    *sorted(repository_folder().glob("filter/*/*.go")),
    *sorted(repository_folder().glob("envoy/*.yaml")),
]
GO = 'func f() string {\n\t// a < b & c\n\treturn `two\nlines` + "x"\n}'


def text_of(html: str) -> str:
    return "".join(ET.fromstring(f"<pre>{html}</pre>").itertext())  # noqa: S314  # our own


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_highlighting_changes_no_character_and_breaks_no_line(file: Path) -> None:
    source = file.read_text("utf-8")
    lines = highlight(source, file.suffix[1:])
    # Each line is well-formed by itself: a mark around it closes what it opens.
    assert [text_of(line) for line in lines] == source.split("\n")


def test_parts_are_told_apart_without_colour_too() -> None:
    first, comment, raw, rest, _ = highlight(GO)
    assert re.search(r'<span style="[^"]*font-weight:bold">func</span>', first)
    assert re.search(r'<span style="[^"]*font-style:italic">// a &lt; b &amp; c</span>', comment)
    # A text over two lines is a text on both.
    assert "string-color" in raw
    assert "string-color" in rest
    key, _, value = highlight("name: x # why", "yaml")[0].partition(":")
    assert "font-weight:bold" in key or "font-weight:bold" in value
    assert "font-style:italic" in value


@pytest.mark.parametrize("lines", [[], [""], ["", "package main", ""], ["a", "", "", "b"]])
def test_empty_lines_keep_their_place(lines: list[str]) -> None:
    assert len(highlight("\n".join(lines))) == max(len(lines), 1)


def test_numbers_begin_where_the_lines_do_in_the_file() -> None:
    source = Source("main.go", GO.split("\n"), first=98)
    assert source.text.splitlines()[1].split() == ["98", "func", "f()", "string", "{"]
    assert source.text.splitlines()[3] == "  100      return `two"  # as wide as the widest, no tab
    assert re.findall(r'aria-hidden="true">(\d+)<', source.html) == [
        str(number) for number in range(98, 103)
    ]


def test_a_problem_stands_under_its_line_and_nowhere_else() -> None:
    source = Source("✗ main.go", GO.split("\n"), first=11, problems={13: "undefined: <x>"})
    lines = source.text.splitlines()
    assert [line[0] for line in lines[1:]] == [" ", " ", ">", " ", " ", " "]
    assert lines[4] == "      ^ undefined: <x>"
    before, _, after = source.html.partition("▶ 13")
    assert "▶" not in before + after
    assert "✗</span> undefined: &lt;x&gt;" in after
    assert after.index("✗</span> undefined") < after.index(">14<")


def test_the_html_is_well_formed_and_nothing_in_it_is_markup_of_the_learners() -> None:
    source = Source(
        "<b>main.go</b>", ["x := `<script>`"], problems={1: "<i>no</i>"}, link='../a"b.go'
    )
    root = ET.fromstring(source.html)  # noqa: S314  # our own
    assert root.find("b").text == "<b>main.go</b>"  # type: ignore[union-attr]
    assert root.find("a").get("href") == '../a"b.go'  # type: ignore[union-attr]
    assert "x := `<script>`" in "".join(root.itertext())
    assert "<script" not in source.html


def test_without_a_link_there_is_none() -> None:
    assert "<a " not in Source("main.go", ["x"]).html
    assert "<a " in Source("main.go", ["x"], link="../filter/hello/main.go").html


def test_it_is_shown_as_text_and_as_html() -> None:
    source = Source("main.go", ["x"])
    assert source._repr_mimebundle_() == {"text/plain": source.text, "text/html": source.html}


def test_a_long_line_can_be_read_by_the_keyboard() -> None:
    # axe: what scrolls must be reached by Tab.
    assert '<pre tabindex="0"' in Source("a.go", ("x",), 1).bundle()["text/html"]
