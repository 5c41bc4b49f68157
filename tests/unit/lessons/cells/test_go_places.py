"""Where a cell of Go belongs that does not say it: as the lessons' cells of the same kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.go_places import fitting_place

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
