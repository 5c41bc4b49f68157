"""The filter's log in a real JupyterLab: live, by thread, and text that cannot act."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import JupyterServer, OpenNotebook
from tests.browser.dashboard_page import DashboardPage
from tests.moody import moody

PREPARE = """
from lab_helpers import Envoy, Threads, show_log

envoy = Envoy({module!r}, workers=2, log_level="debug").start()
answers = envoy.ask_every_worker("/log")
"""


def test_the_log_is_live_by_thread_and_cannot_act(
    jupyter: JupyterServer,
    open_notebook: Callable[[str], OpenNotebook],
    artifacts: Path,
    tmp_path: Path,
) -> None:
    cells = (
        PREPARE.format(module=str(moody(tmp_path).path)),
        "threads = Threads(envoy)\nthreads",
        "log = show_log(envoy)\nlog",
        'envoy.ask("worker_0", "/token")',
    )
    notebook = open_notebook(jupyter.write("log.ipynb", *cells))
    notebook.run_all()
    page = notebook.page
    threads = DashboardPage(page, 0)
    assert list(threads.rows("Threads")) == ["worker_0", "worker_1", "main"]
    log = DashboardPage(page, 1)
    table = log.table("Log")
    expect(table.get_by_text("a debug line")).to_have_count(2)
    notebook.execute('envoy.ask("worker_0", "/evil"); envoy.ask("worker_1", "/panic-at-request")')
    expect(table).to_contain_text(r"<b>bold</b> `code` $x$ \x1b[31mred\x1b[0m")
    expect(table.locator("tr[data-state=serious]")).to_have_count(2)
    expect(table).to_contain_text("✖ panic")
    assert page.evaluate("() => window.acted") is None
    assert table.locator("b, script").count() == 0
    log.view.get_by_label("Lines of").select_option("worker_1")
    expect(table.get_by_text("a debug line")).to_have_count(1)
    expect(table).to_contain_text("on purpose")
    expect(table).not_to_contain_text("window.acted")
    log.view.get_by_label("Lines of").select_option("every thread")
    found = Axe().run(page, context={"include": [[".lab-log"]]})
    assert [v for v in found.response["violations"] if v["impact"] in ("serious", "critical")] == []
    log.view.scroll_into_view_if_needed()
    page.screenshot(path=artifacts / "log-light.png")
    notebook.execute("log.stop(); threads.stop()")
    still = page.locator(".lab-log-still")
    expect(still).to_contain_text("✖ panic")
    assert page.evaluate("() => window.acted") is None
    assert still.locator("b, script").count() == 0
    saved = notebook.save()
    outputs = [output for cell in saved.cells for output in cell.get("outputs", ())]
    kept = next(o for o in outputs if "a debug line" in o.get("data", {}).get("text/plain", ""))
    assert kept.data.keys() == {"text/plain", "text/html"}
    # A cell's last line that is an answer keeps no whole token.
    assert "c2lnbmVkIGJ5IG5vYm9keQ" not in str(outputs)
    assert re.search(r"<Answer worker_0: 200 .* x-auth: Bearer eyJhbGciOi…", str(outputs))
    page.screenshot(path=artifacts / "log-still.png")
