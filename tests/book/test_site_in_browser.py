"""The site in a real Chromium: nothing from outside, readable by everybody, light and dark.

The pages are handed to the browser without a server, at an address that does not exist. So a
request to anywhere else fails, and is told of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.shelf import lessons

ADDRESS = "http://book.invalid/"
GRAVE = {"serious", "critical"}
NARROW = {"width": 380, "height": 800}
WIDE = {"width": 1280, "height": 800}
LESSONS = [f"notebooks/{lesson.notebook.stem}.html" for lesson in lessons()]
PAGES = [
    "index.html",
    *LESSONS,
    "notebooks/glossary.html",
    "notebooks/functions.html",
    "README.html",
    "search.html",
]
if (repository_folder() / "docs" / "instructor.md").is_file():
    PAGES.append("docs/instructor.html")
PAGES.append("filter/token/main.go.html")  # one of the files that the lessons show as a whole
ARTIFACTS = repository_folder() / "test-artifacts" / "book"
pytestmark = pytest.mark.timeout(900)  # the first test may have to run the lessons

Open = Callable[..., Page]


@pytest.fixture
def problems() -> Iterator[list[str]]:
    """What the browser complained of; a test that ends with any fails."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def reader(browser: Browser, site: Path, problems: list[str]) -> Iterator[Open]:
    """Open a page of the site as a reader with such a window and such colours."""
    contexts: list[BrowserContext] = []

    def answer(route: Route) -> None:
        address = route.request.url
        file = site / address.removeprefix(ADDRESS).partition("?")[0]
        if address.startswith(ADDRESS) and file.is_file():
            route.fulfill(path=file)
        else:
            problems.append(f"asked for {address}")
            route.abort()

    def open_page(name: str, **options: Any) -> Page:
        context = browser.new_context(**({"viewport": WIDE} | options))
        contexts.append(context)
        context.route("**/*", answer)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(f"{name}: {error}"))
        page.on(
            "console",
            lambda said: problems.append(f"{name}: {said.text}") if said.type == "error" else None,
        )
        page.goto(f"{ADDRESS}{name}")
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_a_page(name: str, scheme: str, reader: Open) -> None:
    page = reader(name, color_scheme=scheme)
    assert page.locator("html").get_attribute("data-theme") == scheme
    _shoot(page, f"{Path(name).stem}-{scheme}")
    # What is folded has to be readable, too.
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    # In the dark only the colours are others.
    rules = {} if scheme == "light" else {"runOnly": ["color-contrast"]}
    found = Axe().run(page, options={"preload": False} | rules).response["violations"]
    grave = {
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["impact"] in GRAVE
        for node in one["nodes"]
    }
    assert grave == set()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_into_a_narrow_window(name: str, reader: Open) -> None:
    page = reader(name, viewport=NARROW)
    _shoot(page, f"{Path(name).stem}-narrow")
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_a_page_opened_from_a_disk_asks_nobody(page: Page, site: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto((site / name).as_uri())
    assert asked
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []


def test_the_keyboard_reaches_what_a_page_offers(reader: Open) -> None:
    page = reader(LESSONS[2])
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    folded = page.locator("details", has_text="A solution").first
    reached = page.evaluate_handle("document.activeElement")
    for _ in range(60):
        page.keyboard.press("Tab")
        reached = page.evaluate_handle("document.activeElement")
        if reached.evaluate("(at, folded) => at.parentElement === folded", folded.element_handle()):
            break
    page.keyboard.press("Enter")
    expect(folded).to_have_attribute("open", "")
    expect(folded.locator(".cell_input")).to_be_visible()


def test_a_link_to_a_term_leads_to_its_heading(reader: Open) -> None:
    page = reader(LESSONS[2])
    page.get_by_role("link", name="VM", exact=True).first.click()
    page.wait_for_url("**/glossary.html#*")
    expect(page.get_by_role("heading", name="VM", exact=False).first).to_be_in_viewport()


def test_the_search_finds_a_word(reader: Open) -> None:
    page = reader("search.html?q=callout")
    expect(page.locator("#search-results li").first).to_be_visible()
    _shoot(page, "search-callout")


def test_the_colours_can_be_chosen(reader: Open) -> None:
    page = reader("index.html", color_scheme="light")
    page.get_by_role("button", name="Color mode").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def _shoot(page: Page, name: str) -> None:
    page.screenshot(path=ARTIFACTS / f"{name}.png", full_page=True)
