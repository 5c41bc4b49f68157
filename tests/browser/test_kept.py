"""A notebook that is opened again without its kernel: what is kept is shown, and how it lives."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import JupyterServer, OpenNotebook

LINES = """%load_ext lab_helpers
from lab_helpers import put_in_order, start_filter
start_filter()
put_in_order("02-greeting")"""
LANES = """from lab_helpers import Envoy, Lanes, compile_filter
envoy = Envoy(compile_filter("token", reuse=True), workers=2, settings={"tick_ms": 500}).start()
envoy.wait_for_tokens()
Lanes(envoy)"""
# As a learner may make one: nothing of it is kept but its name.
OWN = "import ipywidgets\nipywidgets.IntSlider(description='mine')"


@pytest.mark.parametrize("ends", ["shut down", "restarted"])
def test_what_is_kept_is_shown_where_the_kernel_has_ended(
    jupyter: JupyterServer,
    open_notebook: Callable[[str], OpenNotebook],
    artifacts: Path,
    ends: str,
) -> None:
    notebook = open_notebook(jupyter.write("kept.ipynb", LINES, LANES, OWN))
    notebook.run_all()
    page = notebook.page
    expect(page.get_by_role("group", name="Envoy, live")).to_be_visible()
    notebook.save()
    if ends == "restarted":
        notebook.restart_kernel()
    else:
        jupyter.end_kernels()
    notebook.reload()
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells.locator(".lab-kept")).to_have_count(3)
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    expect(cells.nth(0)).to_contain_text("Lines to put in order, in a notebook:")
    expect(cells.nth(0).locator("li")).to_have_count(5)
    picture = cells.nth(1).get_by_role(
        "img", name=re.compile("lanes, one for each thread.*worker_1 ")
    )
    expect(picture).to_be_visible()
    page.screenshot(path=artifacts / f"kept-{ends.split(maxsplit=1)[0]}.png")
    found = Axe().run(page, context=".lab-kept")
    assert found.violations_count == 0, found.generate_report()
    # Whoever does what it says has a view that lives, and the line is gone.
    cells.nth(0).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("region", name="Lines to put in order")).to_be_visible(timeout=60_000)
    expect(cells.nth(0).locator(".lab-kept")).to_have_count(0)


def test_a_view_whose_kernel_lives_stays_one(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook]
) -> None:
    notebook = open_notebook(jupyter.write("alive.ipynb", LINES, OWN))
    notebook.run_all()
    notebook.save()
    notebook.reload()
    expect(notebook.page.get_by_role("region", name="Lines to put in order")).to_be_visible()
    expect(notebook.page.get_by_text("mine", exact=True)).to_be_visible()
    expect(notebook.page.locator(".lab-kept")).to_have_count(0)
