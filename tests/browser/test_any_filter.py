"""A filter that never heard of the lab, in the dashboard: it ticks in every thread."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import JupyterServer, OpenNotebook
from tests.browser.dashboard_page import DashboardPage

START = """
from lab_helpers import Dashboard, Envoy, compile_filter
from lab_helpers.folders import repository_folder

module = compile_filter(repository_folder() / "tests" / "filters" / "ticking", reuse=True)
envoy = Envoy(module, workers=2, settings={"shape": "hello world"}).start()
"""
SHOW = """
dashboard = Dashboard(envoy)
dashboard
"""


def test_it_ticks_in_three_threads(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook], artifacts: Path
) -> None:
    notebook = open_notebook(jupyter.write("any.ipynb", START, SHOW))
    notebook.run_all()
    live = DashboardPage(notebook.page)
    live.wait_for_ticks(more_than=5)
    live.button("Send to every worker").click()
    live.wait_until_said("worker_1 200")
    threads = live.rows("Threads")
    assert list(threads) == ["worker_0", "worker_1", "main"]
    for row in threads.values():
        assert (row["VM"], row["fetches"], row["token"]) == ("not told", "none", "none")
    cell = live.table("Threads").locator("tbody tr").last.locator("td").nth(2)
    expect(cell).to_have_attribute("title", "Envoy's trace of the crossings")
    expect(live.view.get_by_text("What else crossed between Envoy and the filter")).to_be_visible()
    assert int(live.rows("By thread")["main"]["log lines"]) > 5
    lanes = live.view.get_by_role("img", name="Ticks by thread")
    told = r"worker_0 \d+, worker_1 \d+, main \d+\. They sent no callouts\. Counted from Envoy's"
    expect(lanes).to_have_accessible_description(re.compile(told))
    expect(live.view.locator(".lab-notice")).to_be_hidden()
    live.bring_into_view()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        live.choose_theme(theme)
        notebook.page.screenshot(path=artifacts / f"any-filter-{theme.split()[1].lower()}.png")
    notebook.execute("dashboard.stop(); envoy.stop()")
    saved = notebook.save()
    (output,) = saved.cells[1].outputs
    assert "They sent no callouts. Counted from Envoy's trace" in output.data["text/plain"]
    assert "data:image/png;base64" in output.data["text/html"]
