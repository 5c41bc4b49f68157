"""Where a cell of Go belongs that does not say it: as the lessons' cells of the same kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.go_places import fitting_place
from lab_helpers.lessons.cells.workspace import start_filter

LESSONS = sorted((repository_folder() / "notebooks").glob("0[0-9]_*.ipynb"))


def cells() -> list[tuple[Path, str, str]]:
    """Return each cell of Go of the lessons: its lesson, its place, its Go."""
    from tests.unit.lessons.copies.lessons import read  # noqa: PLC0415  # reads notebooks

    found = []
    for lesson in LESSONS:
        for cell in read(lesson)["cells"]:
            source = "".join(cell["source"])
            if named := re.match(r"%%go ([\w-]+/[\w-]+\.go)\n", source):
                found.append((lesson, named[1], source[named.end() :]))
    return found


@pytest.mark.parametrize(("lesson", "place", "source"), cells())
def test_each_cell_of_the_lessons_is_told_its_own_place(
    monkeypatch: pytest.MonkeyPatch, lesson: Path, place: str, source: str
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", str(lesson))
    file = place.partition("/")[2]
    assert fitting_place(source).partition("/")[2] == file
    assert fitting_place(source, file).partition("/")[2] == file
    first = next(one for where, one, _ in cells() if where == lesson).partition("/")[0]
    assert fitting_place(source).partition("/")[0] == first


@pytest.mark.parametrize(
    ("number", "place", "lacks", "cell"),
    [
        ("02", "mine/callout.go", "onReply", "mine/reply.go"),
        ("06", "guard/request.go", "refuse", "guard/refuse.go"),
        ("06", "guard/refuse.go", "counter", "guard/counters.go"),
    ],
)
def test_a_cell_that_needs_another_one_first_says_which(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: str,
    place: str,
    lacks: str,
    cell: str,
) -> None:
    lesson = next(one for one in LESSONS if one.name.startswith(number))
    monkeypatch.setenv("LAB_WORK", str(tmp_path))
    monkeypatch.setenv("JPY_SESSION_NAME", str(lesson))
    start_filter(place.partition("/")[0])
    source = next(
        text for where, one, text in cells() if (where, one) == (lesson, place) and lacks in text
    )
    said = save_go(place, source).text
    assert f"Try: run the cell that begins with `%%go {cell}` first: it has `{lacks}`" in said
    other = next(text for where, one, text in cells() if (where, one) == (lesson, cell))
    save_go(cell, other)
    assert f"first: it has `{lacks}`" not in save_go(place, source).text


@pytest.mark.parametrize(
    ("source", "given", "place"),
    [
        (
            "package main\n\nfunc (ctx *httpContext) allowedFor(path string) bool {",
            "",
            "allowed_for.go",
        ),
        (
            "package main\n\nfunc (ctx *httpContext) OnHttpRequestTrailers(",
            "",
            "http_request_trailers.go",
        ),
        ("package main\n", "", "tick.go"),
        ("package main\n\nfunc (p *pluginContext) OnTick() {", "response.go", "response.go"),
        ("package main\n\nfunc (p *pluginContext) OnTick() {", "tick.py", "tick.go"),
    ],
)
def test_other_cells_have_a_name_of_what_they_declare(
    monkeypatch: pytest.MonkeyPatch, source: str, given: str, place: str
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert fitting_place(source, given) == f"mine/{place}"
