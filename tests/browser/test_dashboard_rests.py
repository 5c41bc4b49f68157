"""The dashboard's beginnings and ends: reloads, restarts, its time, what a saved notebook holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import JupyterServer, OpenNotebook
from tests.browser.dashboard_page import DashboardPage
from tests.edited_filters import panicking_at_the_third_tick

NOTEBOOK = Path(__file__).parent / "dashboard.ipynb"
PREPARE = """
from lab_helpers import Envoy, compile_filter
from lab_helpers.dashboard import {part}
from lab_helpers.folders import repository_folder

module = compile_filter(repository_folder() / "filter" / "token", reuse=True)
settings = {{"tick_ms": {tick_ms}, "vm_header": "x-wasm-vm"}}
envoy = Envoy(module, workers={workers}, settings=settings).start()
"""
CRASHING = """
from lab_helpers import Dashboard, Envoy

settings = {{"tick_ms": 1500, "vm_header": "x-wasm-vm"}}
envoy = Envoy({module!r}, workers=1, settings=settings, failure_policy="FAIL_RELOAD").start()
"""

Opener = Callable[[str], OpenNotebook]


def test_a_reloaded_page_goes_on(jupyter: JupyterServer, open_notebook: Opener) -> None:
    notebook = open_notebook(jupyter.copy(NOTEBOOK))
    notebook.run_all()
    before = DashboardPage(notebook.page)
    before.wait_for_ticks()
    notebook.save()
    notebook.reload()
    after = DashboardPage(notebook.page)
    after.wait_for_ticks()
    after.wait_for_ticks(more_than=int(after.rows("Threads")["main"]["ticks"]))
    after.wait_for_movement(after.painted()[1])
    after.button("Send to every worker").click()
    after.wait_until_said("worker_0 200")


def test_a_restarted_kernel_does_not_hang_the_page(
    jupyter: JupyterServer, open_notebook: Opener
) -> None:
    notebook = open_notebook(jupyter.copy(NOTEBOOK))
    notebook.run_all()
    dashboard = DashboardPage(notebook.page)
    dashboard.wait_for_ticks()
    pid = int(notebook.execute("print(envoy.pid)"))
    notebook.restart_kernel()
    expect(dashboard.view).to_contain_text("no news for", timeout=15_000)
    expect(dashboard.view).to_contain_text("Last heard: ● Envoy runs")
    expect(dashboard.view).to_contain_text("If it has, run this cell again")
    assert not psutil.pid_exists(pid)
    notebook.run_all()
    again = DashboardPage(notebook.page)
    again.wait_for_ticks()
    again.wait_for_movement(again.painted()[1])


def test_a_second_view_shows_the_same(jupyter: JupyterServer, open_notebook: Opener) -> None:
    prepare = PREPARE.format(part="Dashboard", tick_ms=300, workers=2)
    cells = (
        prepare,
        "dashboard = Dashboard(envoy)\ndashboard",
        "envoy.wait_for_tokens()",
        "dashboard",
    )
    notebook = open_notebook(jupyter.write("twice.ipynb", *cells))
    notebook.run_all()
    views = notebook.page.get_by_role("group", name="Envoy, live")
    expect(views).to_have_count(2)
    for view in views.all():
        expect(view.locator(".lab-threads tbody tr")).to_have_count(3)
        expect(view).to_contain_text("Envoy runs: 2 workers and main")


def test_its_time_ends_and_it_can_be_resumed(jupyter: JupyterServer, open_notebook: Opener) -> None:
    prepare = PREPARE.format(part="Lanes", tick_ms=300, workers=1)
    name = jupyter.write("lanes.ipynb", prepare, "lanes = Lanes(envoy, minutes=0.05)\nlanes")
    notebook = open_notebook(name)
    notebook.run_all()
    lanes = DashboardPage(notebook.page)
    expect(lanes.view).to_contain_text("paused after 0.05 minutes", timeout=20_000)
    _, where = lanes.painted()
    lanes.button("Resume").click()
    lanes.wait_for_movement(where)
    expect(lanes.button("Resume")).to_be_hidden()


def test_headers_alone(jupyter: JupyterServer, open_notebook: Opener) -> None:
    prepare = PREPARE.format(part="Headers", tick_ms=300, workers=2)
    name = jupyter.write(
        "headers.ipynb",
        prepare,
        "headers = Headers(envoy)\nheaders",
        "envoy.wait_for_tokens()\nanswers = envoy.ask_every_worker()",
    )
    notebook = open_notebook(name)
    notebook.run_all()
    headers = DashboardPage(notebook.page)
    expect(headers.table("Last response of each worker")).to_contain_text("hello from wasm")
    expect(headers.view.get_by_text("Signature: ✔ valid")).to_be_visible()
    assert headers.view.locator("canvas").count() == 0


def test_controls_alone(jupyter: JupyterServer, open_notebook: Opener) -> None:
    prepare = PREPARE.format(part="Controls", tick_ms=300, workers=1)
    name = jupyter.write(
        "controls.ipynb", prepare, "envoy.stop()\ncontrols = Controls(envoy)\ncontrols"
    )
    notebook = open_notebook(name)
    notebook.run_all()
    page = notebook.page
    said = page.get_by_role("status", name="What the controls do")
    page.get_by_role("button", name="Start Envoy", exact=True).click()
    expect(said).to_contain_text("It serves at http://127.0.0.1:", timeout=20_000)
    page.get_by_role("button", name="Stream for 10 s", exact=True).click()
    expect(said).to_contain_text(re.compile(r"\d+ requests so far, working"))
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(said).to_contain_text(re.compile(r"\d+ requests answered: \d+ × 200"))
    page.get_by_role("button", name="Stop Envoy", exact=True).click()
    expect(said).to_contain_text("It has ended")
    assert notebook.execute("print(envoy.running)").strip() == "False"


def test_a_vm_that_died_and_one_that_replaced_it(
    jupyter: JupyterServer, open_notebook: Opener, artifacts: Path, tmp_path: Path
) -> None:
    prepare = CRASHING.format(module=str(panicking_at_the_third_tick(tmp_path).path))
    notebook = open_notebook(
        jupyter.write("crash.ipynb", prepare, "dashboard = Dashboard(envoy)\ndashboard")
    )
    notebook.run_all()
    dashboard = DashboardPage(notebook.page)
    log = dashboard.view.get_by_role("log")
    failed = re.compile(r"The VM failed on (worker_0|main).*: panic: on purpose\.")
    expect(log).to_contain_text(failed, timeout=30_000)
    died = dashboard.table("Threads").get_by_text(re.compile(r"✖ [0-9a-f]{6} died"))
    expect(died).to_have_count(2)
    expect(dashboard.view.locator('[data-figure="reloads"]')).to_have_text("0")
    dashboard.button("Send to every worker").click()  # FAIL_RELOAD makes a new one at a request
    dashboard.wait_until_said("worker_0 200")
    expect(log).to_contain_text("A new VM runs on worker_0.")
    assert re.fullmatch(r"[0-9a-f]{6} \(no. 2\)", dashboard.rows("Threads")["worker_0"]["VM"])
    assert dashboard.rows("Threads")["main"]["VM"].endswith("died")  # it gets no request
    expect(dashboard.view.locator('[data-figure="reloads"]')).to_have_text("1")
    dashboard.bring_into_view()
    notebook.page.screenshot(path=artifacts / "dashboard-crash.png")


def test_a_saved_notebook_keeps_the_last_picture(
    jupyter: JupyterServer, open_notebook: Opener
) -> None:
    notebook = open_notebook(jupyter.copy(NOTEBOOK))
    notebook.run_all()
    DashboardPage(notebook.page).wait_for_ticks(more_than=2)
    assert notebook.execute("dashboard.stop()\nprint(dashboard.live)").strip() == "False"
    picture = re.compile("^3 lanes, one for each thread")
    expect(notebook.page.get_by_role("img", name=picture)).to_be_visible()
    (output,) = notebook.save().cells[-1].outputs
    assert sorted(output.data) == ["image/png", "text/html", "text/plain"]
    assert output.data["image/png"].startswith("iVBOR")
    assert "3 lanes, one for each thread" in output.data["text/plain"]
    left = notebook.execute(
        "import threading\n"
        "print([t.name for t in threading.enumerate() if t.name.startswith('dashboard')])"
    )
    assert left.strip() == "[]"
    # Tomorrow, or on somebody else's machine: no kernel knows of a dashboard.
    jupyter.end_kernels()
    again = open_notebook(notebook.name)
    expect(again.page.get_by_role("img", name=picture)).to_be_visible()
    expect(again.page.get_by_text("The same in words")).to_be_visible()
    expect(again.page.get_by_text("model not found")).to_have_count(0)


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_sixty_six_lanes(
    jupyter: JupyterServer, open_notebook: Opener, artifacts: Path, theme: str
) -> None:
    prepare = PREPARE.format(part="Dashboard", tick_ms=1000, workers=65)
    notebook = open_notebook(
        jupyter.write("many.ipynb", prepare, "dashboard = Dashboard(envoy)\ndashboard")
    )
    notebook.run_all()
    many = DashboardPage(notebook.page)
    many.choose_theme(theme)
    many.wait_for_ticks(more_than=3)
    assert len(many.rows("Threads")) == 66
    # It scrolls by itself, in one direction, and says so.
    threads = many.table("Threads")
    expect(threads).to_contain_text("Threads: 66 rows, scroll to see them all")
    wide, high = threads.evaluate(
        "(at) => [at.scrollWidth - at.clientWidth, at.scrollHeight - at.clientHeight]"
    )
    assert wide == 0
    assert high > 0
    many.button("Send to every worker").click()
    many.wait_until_said("65 workers answered: 65 × 200")
    many.bring_into_view()
    notebook.page.screenshot(path=artifacts / f"dashboard-66-{theme.split()[1].lower()}.png")
    notebook.execute("dashboard.stop()\nenvoy.stop()")
