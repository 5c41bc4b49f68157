"""What a cell waits for stands below it while it runs, and is no part of the notebook."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import JupyterServer, OpenNotebook

SETUP = """%load_ext lab_helpers
from lab_helpers import compare_modules, compile_filter, try_in_envoy
from lab_helpers.waits import waiting
import time
key = str(time.time_ns())  # how long it took in another run is not to be known"""
SLOW = """print("before")
with waiting("Compiling <b>token</b>", key):
    with waiting("by hand"):
        time.sleep({})
print("after")"""

# Each of the lab's long calls, and what it says first.
LONG = {
    "module = compile_filter('hello')": "· Compiling hello by TinyGo: ",
    "try_in_envoy('hello')": "· Trying hello in Envoy: ",
    "compare_modules(module)": "· Measuring TinyGo: ",
}


@pytest.fixture
def notebook(jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook]) -> OpenNotebook:
    cells = (SLOW.format(2), SLOW.format(60), *LONG)
    return open_notebook(jupyter.write("waits.ipynb", SETUP, *cells))


def start(page: Page, number: int) -> Locator:
    """Run a cell, and return where the line comes; do not wait for the end."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(number)
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    return cell.locator(".lab-wait")


def test_it_stands_below_the_cell_and_nothing_of_it_is_saved(
    notebook: OpenNotebook, page: Page, artifacts: Path
) -> None:
    start(page, 0)
    line = start(page, 1)
    expect(line).to_have_text(re.compile(r"^· Compiling <b>token</b>: by hand: [01] s$"))
    page.screenshot(path=artifacts / "waits.png")
    found = Axe().run(page, context=".lab-wait")
    assert found.violations_count == 0, found.generate_report()
    expect(line).to_have_count(0)
    # The next time it is known how long it takes.
    expect(start(page, 1)).to_contain_text(re.compile(r", 2\.\d s last time"))
    expect(line).to_have_count(0)
    notebook.wait_idle()
    outputs = notebook.save().cells[1].outputs
    assert [output["text"] for output in outputs] == ["before\nafter\n"]


def test_each_of_the_labs_long_calls_says_what_it_does(notebook: OpenNotebook, page: Page) -> None:
    start(page, 0)
    for number, said in enumerate(LONG.values(), start=3):
        line = start(page, number)
        expect(line).to_contain_text(said)
        expect(line).to_have_count(0)


@pytest.mark.parametrize("end", ["restart", "interrupt"])
def test_a_wait_that_is_cut_off_leaves_no_line(
    notebook: OpenNotebook, page: Page, end: str
) -> None:
    start(page, 0)
    line = start(page, 2)
    expect(line).to_contain_text("Compiling <b>token</b>: by hand")
    page.evaluate(
        "(end) => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel[end]()", end
    )
    expect(line).to_have_count(0)
    # The next kernel, too, says what is waited for.
    notebook.wait_idle()
    start(page, 0)
    expect(start(page, 1)).to_contain_text("by hand")
