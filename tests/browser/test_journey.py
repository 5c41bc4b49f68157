"""A request that is followed, as a page shows it: in a cell, by the button, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import JupyterServer, OpenNotebook

START = """from lab_helpers import Dashboard, Envoy, compile_filter
envoy = Envoy(compile_filter("hello", reuse=True, keep_exports=True), workers=2).start()"""
THEME = "apputils:change-theme"


def test_a_journey_is_shown_in_a_cell_and_kept(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook], artifacts: Path
) -> None:
    name = jupyter.write("journey.ipynb", START, 'envoy.follow(method="POST", body="hi")')
    notebook = open_notebook(name)
    # The server is one for all tests, and a theme that another chose may still be there.
    notebook.command(THEME, {"theme": "JupyterLab Light"})
    notebook.page.wait_for_function("() => document.body.dataset.jpThemeLight === 'true'")
    notebook.run_all()
    picture = notebook.page.get_by_role("img", name="The journey of POST / through hello")
    expect(picture).to_be_visible()
    expect(picture).to_contain_text('ReplaceHttpResponseHeader "x-wasm-filter", 15 bytes')
    notebook.page.screenshot(path=artifacts / "journey-light.png")
    notebook.page.get_by_text("Each crossing in a table").click()
    table = notebook.page.get_by_role("table", name="What crossed")
    expect(table).to_be_visible()
    expect(table).to_contain_text("proxy_on_response_headers(")
    found = Axe().run(notebook.page, context=".jp-OutputArea-output figure")
    assert found.violations_count == 0, found.generate_report()
    light = picture.evaluate("(svg) => getComputedStyle(svg).color")
    notebook.command(THEME, {"theme": "JupyterLab Dark"})
    notebook.page.wait_for_function("() => document.body.dataset.jpThemeLight === 'false'")
    expect(picture).not_to_have_css("color", light)
    expect(notebook.page.locator("#jupyterlab-splash")).to_be_hidden()
    notebook.page.screenshot(path=artifacts / "journey-dark.png")
    notebook.command(THEME, {"theme": "JupyterLab Light"})
    kept = notebook.save().cells[1].outputs[0]["data"]
    assert {"text/html", "image/png", "text/plain"} <= set(kept)
    assert "10 entries, 1 did something" in kept["text/plain"]


def test_the_dashboards_button_shows_the_newest_journey(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook], artifacts: Path
) -> None:
    notebook = open_notebook(jupyter.write("followed.ipynb", START, "Dashboard(envoy)"))
    notebook.run_all()
    notebook.page.get_by_role("button", name="Follow a request").click()
    picture = notebook.page.get_by_role("img", name="The journey of GET / through hello")
    picture.scroll_into_view_if_needed()
    expect(picture).to_contain_text("8 entries, 1 did something")
    progress = notebook.page.get_by_role("status", name="What the controls do")
    expect(progress).to_contain_text("8 entries, 1 did something; 200 after")
    notebook.page.screenshot(path=artifacts / "journey-dashboard.png")
