"""The site holds every page, in order; its links lead somewhere; it needs nothing from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup, Tag

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.shelf import lessons
from lab_helpers.lessons.exercises.solutions import solution_cell, stub_cell, why_so

LESSONS = [f"notebooks/{lesson.notebook.stem}.html" for lesson in lessons()]
# The first test of a session builds the site, and may have to run the lessons for it.
pytestmark = pytest.mark.timeout(900)

Pages = dict[Path, BeautifulSoup]


@pytest.fixture(scope="module")
def pages(site: Path) -> Pages:
    return {
        file: BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
        for file in sorted(site.rglob("*.html"))
    }


def test_the_front_page_leads_to_every_page_in_reading_order(site: Path, pages: Pages) -> None:
    contents = pages[site / "index.html"].select(".toctree-wrapper a.reference")
    listed = [str(link["href"]) for link in contents]
    assert listed[: len(LESSONS)] == LESSONS
    wanted = ["notebooks/glossary.html", "notebooks/functions.html", "README.html"]
    if (repository_folder() / "docs" / "instructor.md").is_file():
        wanted.append("docs/instructor.html")
    assert listed[len(LESSONS) :] == wanted
    made = {str(file.relative_to(site)) for file in pages}
    assert made >= {*listed, "index.html", "search.html"}


def test_the_front_page_has_the_picture_with_its_words(site: Path, pages: Pages) -> None:
    picture = pages[site / "index.html"].select_one("article img")
    assert picture is not None
    assert (site / str(picture["src"])).is_file()
    assert "Ticks of three workers" in str(picture["alt"])


def test_every_link_leads_somewhere(site: Path, pages: Pages) -> None:
    problems = [
        f"{file.relative_to(site)}: {tag['href']}"
        for file, page in pages.items()
        for tag in page.select("a[href]")
        if not _leads_somewhere(str(tag["href"]), file, pages)
    ]
    assert problems == []


def test_every_term_of_the_glossary_that_a_lesson_links_to_is_met(site: Path, pages: Pages) -> None:
    for name in LESSONS:
        links = [
            str(tag["href"])
            for tag in pages[site / name].select("article a[href]")
            if str(tag["href"]).startswith("glossary.html")
        ]
        assert links, name
        assert all("#" in link for link in links), name


def test_a_page_loads_only_files_of_the_site(site: Path, pages: Pages) -> None:
    asked = [
        (file, str(tag[name]))
        for file, page in pages.items()
        for name, kinds in (
            ("src", "script, img, iframe, source, video, audio"),
            ("href", "link:not([rel=next], [rel=prev], [rel=index], [rel=search])"),
        )
        for tag in page.select(kinds)
        if tag.has_attr(name)
    ]
    asked += [(file, address) for file in site.rglob("*.css") for address in _loaded_by(file)]
    problems = [
        f"{file.relative_to(site)}: {address}"
        for file, address in asked
        if not address.startswith(("data:", "#"))
        and not (file.parent / unquote(urlsplit(address).path)).is_file()
    ]
    assert problems == []


def test_every_picture_has_words(pages: Pages) -> None:
    pictures = [tag for page in pages.values() for tag in page.select("article img")]
    assert all(len(str(tag.get("alt", ""))) > 20 for tag in pictures)
    drawings = [tag for page in pages.values() for tag in page.select("article .output svg")]
    assert drawings
    assert all(tag.find("title") and tag.find("desc") for tag in drawings)


def test_live_views_are_pictures(site: Path, pages: Pages) -> None:
    for number in ("00", "05"):
        (name,) = [name for name in LESSONS if f"/{number}_" in name]
        assert len(pages[site / name].select("figure.lab-picture img")) >= 2, name
    assert not [tag for page in pages.values() for tag in page.select("script[type*=jupyter]")]


def test_solutions_are_folded_and_stubs_are_not(site: Path, pages: Pages) -> None:
    for lesson, name in zip(lessons(), LESSONS, strict=True):
        cells = pages[site / name].select(".cell_input")
        for exercise in lesson.exercises:
            stub = [cell for cell in cells if _source(cell) == stub_cell(exercise)]
            solution = [cell for cell in cells if _source(cell) == solution_cell(exercise)]
            assert [bool(cell.find_parent("details")) for cell in stub] == [False], exercise
            assert [bool(cell.find_parent("details")) for cell in solution] == [True], exercise


def test_why_a_solution_is_so_is_told_where_it_is_folded(site: Path, pages: Pages) -> None:
    for lesson, name in zip(lessons(), LESSONS, strict=True):
        folds = [_words(tag) for tag in pages[site / name].select("details.hide")]
        for exercise in lesson.exercises:
            why = " ".join(why_so(exercise).replace("`", "").split())
            assert any(f"Why so: {why}" in fold for fold in folds), exercise


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text("").split())


def test_a_fold_is_called_by_its_title(pages: Pages) -> None:
    folds = [tag for page in pages.values() for tag in page.select("details.hide > summary")]
    assert folds
    assert not [tag for tag in folds if tag.has_attr("aria-label")]
    titles = {str(tag.get_text(" ", strip=True)) for tag in folds}
    assert all(title.startswith(("A solution", "With a solution")) for title in titles)


def test_nothing_on_a_page_tells_of_the_machine_that_made_it(pages: Pages) -> None:
    for file, page in pages.items():
        for private in (str(repository_folder()), str(Path.home()) + "/", "pytest-of", "/tmp/"):  # noqa: S108
            assert private not in str(page), f"{file.name}: {private}"


def _source(cell: Tag) -> str:
    return cell.get_text().strip()


def _leads_somewhere(address: str, file: Path, pages: Pages) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return parts.scheme == "https" and bool(re.fullmatch(r"[\w.-]+\.[a-z]{2,}", parts.netloc))
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if target.suffix != ".html":
        return target.is_file()
    page = pages.get(target)
    anchor = unquote(parts.fragment)
    return page is not None and (not anchor or page.find(id=anchor) is not None)


def _loaded_by(style: Path) -> Iterator[str]:
    text = style.read_text(encoding="utf-8")
    for address in re.findall(r"""url\(\s*["']?([^"')]+)""", text):
        yield address
    for address in re.findall(r"""@import\s+["']([^"']+)""", text):
        yield address
