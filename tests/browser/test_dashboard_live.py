"""The dashboard in a real JupyterLab: it shows the Envoy as it is, and its controls do it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stamina
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import JupyterServer, OpenNotebook
from tests.browser.dashboard_page import DashboardPage

NOTEBOOK = Path(__file__).parent / "dashboard.ipynb"
BOARD = """
import json
print(json.dumps({thread.name: {
    "thread": thread.name,
    "tid": str(thread.tid),
    "VM": thread.vm,
    "ticks": str(thread.ticks),
    "fetches": ", ".join(f"{n} {outcome}" for outcome, n in thread.fetches.items()),
    "token": thread.token.fingerprint,
    "served": str(thread.responses) if thread.name != "main" else "no traffic",
} for thread in envoy.snapshot().threads}))
"""

FAILING = """
import socket
taken = socket.create_server(("127.0.0.1", 0))
ports, envoy._ports = envoy._ports, (taken.getsockname()[1], None)
"""


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, browser_context_args: dict[str, Any], jupyter: JupyterServer
) -> Iterator[OpenNotebook]:
    """One dashboard, for the tests that leave it as they found it."""
    context = browser.new_context(**browser_context_args)
    opened = OpenNotebook(context.new_page(), jupyter, jupyter.copy(NOTEBOOK))
    opened.run_all()
    yield opened
    context.close()
    jupyter.end_kernels()


def serious(page: Page) -> list[str]:
    """Return what axe-core finds serious in the dashboard's output."""
    found = Axe().run(page, context={"include": [[".jp-OutputArea-child:has(.lab)"]]})
    return [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]


def test_lanes_appear_and_move(live: DashboardPage) -> None:
    assert list(live.rows("Threads")) == ["worker_0", "worker_1", "main"]
    painted, where = live.painted()
    assert painted > 500
    live.wait_for_movement(where)


def test_the_lanes_say_in_words_what_they_show(live: DashboardPage) -> None:
    words = re.compile(r"3 lanes, one for each thread, .* worker_0 \d+, worker_1 \d+, main \d+")
    lanes = live.view.get_by_role("img", name="Ticks by thread")
    expect(lanes).to_have_accessible_description(words)


def test_a_click_reaches_every_worker(live: DashboardPage) -> None:
    live.button("Send to every worker").click()
    live.wait_until_said("worker_0 200")
    # The workers answer one after another, and their answers reach the page a few times a second.
    table = live.table("Last response of each worker")
    expect(table.get_by_text("✔ valid")).to_have_count(2)
    responses = live.rows("Last response of each worker")
    threads = live.rows("Threads")
    assert list(responses) == ["worker_0", "worker_1"]
    for worker, response in responses.items():
        assert response["status"] == "200"
        assert response["x-wasm-filter"] == "hello from wasm"
        assert response["x-wasm-vm"] == threads[worker]["VM"]
        assert re.fullmatch(r"Bearer eyJ\w+….{4}", response["x-auth"])
        assert re.fullmatch(r"✔ valid, expires in \d+ s", response["signature"])


def test_a_response_is_taken_apart(live: DashboardPage) -> None:
    live.button("Send to every worker").click()
    live.wait_until_said("worker_1 200")
    live.field("Response of").select_option("worker_1")
    vm = live.rows("Threads")["worker_1"]["VM"]
    expect(live.table("The token in x-auth")).to_contain_text(f"vm-{vm}")
    expect(live.table("All headers")).to_contain_text("hello from wasm")
    expect(live.view.get_by_text("Signature: ✔ valid, expires in")).to_be_visible()


def test_calls_a_period_stand_beside_n_plus_1(live: DashboardPage) -> None:
    live.wait_for_ticks(more_than=4)
    assert live.figure("expected") == "3"
    # A call that comes late on a busy machine is out of the measure a few periods later.
    for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=20):
        with attempt:
            assert float(live.figure("calls")) == pytest.approx(3, abs=0.3)
    expect(live.view.locator('[data-figure="vms"]')).to_have_text("4")
    expect(live.view.locator('[data-figure="rss"]')).to_have_text(re.compile(r"\d+ MB"))


def test_a_fault_shows_within_a_period(notebook: OpenNotebook, live: DashboardPage) -> None:
    # The page notes down the ticks at the moment of the fault and at that of the first failure.
    live.page.evaluate(
        """() => {
            const rows = () => [...document.querySelectorAll('.lab-threads tbody tr')];
            const select = [...document.querySelectorAll('select')]
                .find((field) => [...field.options].some(({ text }) => text === 'error'));
            window.labSeen = {};
            select.addEventListener('change', () => {
                for (const row of rows()) {
                    const name = row.cells[0].textContent;
                    window.labSeen[name] = { before: Number(row.cells[3].textContent) };
                }
            });
            window.labWatch = setInterval(() => {
                for (const row of rows()) {
                    const seen = window.labSeen[row.cells[0].textContent];
                    if (seen && !seen.failed && row.cells[4].textContent.includes('status 500')) {
                        seen.failed = Number(row.cells[3].textContent);
                    }
                }
            }, 20);
        }"""
    )
    live.field("Token API's fault").select_option("error")
    expect(live.view).to_contain_text("the token API fails: error")
    live.page.wait_for_function(
        "() => Object.values(window.labSeen).filter(({ failed }) => failed).length === 3"
    )
    seen = live.page.evaluate("() => { clearInterval(window.labWatch); return window.labSeen; }")
    # A tick may have been on its way when the fault was chosen, and one more brings the failure.
    assert all(thread["failed"] - thread["before"] <= 2 for thread in seen.values()), seen
    expect(live.view.get_by_role("log")).to_contain_text("Fetches bring no token on worker_0")
    # Set in a cell, it shows in the controls as well.
    notebook.execute('envoy.token_api.fault = "none"')
    expect(live.field("Token API's fault")).to_have_value("none")
    expect(live.view.get_by_role("log")).to_contain_text("Fetches bring tokens again")


def test_it_goes_on_while_a_cell_computes(notebook: OpenNotebook, live: DashboardPage) -> None:
    ticks = int(live.rows("Threads")["worker_0"]["ticks"])
    notebook.page.evaluate(
        """() => {
            const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
            const code = 'import time\\nend = time.time() + 3\\nwhile time.time() < end: pass';
            window.labBusy = true;
            kernel.requestExecute({ code }).done.then(() => { window.labBusy = false; });
        }"""
    )
    live.wait_for_ticks(more_than=ticks + 2)
    assert live.page.evaluate("() => window.labBusy") is True
    live.page.wait_for_function("() => window.labBusy === false")


def test_the_keyboard_reaches_everything(live: DashboardPage) -> None:
    live.button("Send to every worker").focus()
    names = []
    for _ in range(16):
        names.append(
            live.page.evaluate(
                """() => {
                    const { activeElement: at } = document;
                    return at.labels?.[0]?.textContent || at.ariaLabel || at.textContent;
                }"""
            )
        )
        live.page.keyboard.press("Tab")
    for reached in (
        "Send to every worker",
        "Token API's fault",
        "Workers",
        "Tick, ms",
        "Restart Envoy",
        "Stop Envoy",
        "Pause",
        "In words",
        "Threads",
    ):
        assert reached in names, names
    live.button("Send to every worker").focus()
    live.page.keyboard.press("Enter")
    live.wait_until_said("worker_1 200")


@pytest.mark.parametrize("theme", ["JupyterLab Dark", "JupyterLab Light"])
def test_axe_finds_nothing_serious(live: DashboardPage, artifacts: Path, theme: str) -> None:
    live.choose_theme(theme)
    live.button("Send to every worker").click()
    live.wait_until_said("worker_0 200")
    live.bring_into_view()
    live.page.screenshot(path=artifacts / f"dashboard-{theme.split()[1].lower()}.png")
    assert serious(live.page) == []


def test_a_failure_is_said_and_its_picture_is_clear(
    notebook: OpenNotebook, live: DashboardPage, artifacts: Path
) -> None:
    # The port is taken, so that this start fails; the dashboard says so as a cell would.
    live.button("Stop Envoy").click()
    live.wait_until_said("It has ended")
    expect(live.view).to_contain_text("Envoy does not run")
    notebook.execute(FAILING)
    live.button("Start Envoy").click()
    live.wait_until_said("Try:")
    live.bring_into_view()
    live.page.screenshot(path=artifacts / "dashboard-stopped.png")
    assert serious(live.page) == []
    notebook.execute("envoy._ports = ports")
    live.button("Start Envoy").click()
    live.wait_until_said("It serves at http://127.0.0.1:")
    live.wait_for_ticks()


def test_another_number_of_workers(live: DashboardPage) -> None:
    live.field("Workers").fill("3")
    live.field("Workers").press("Tab")
    live.button("Restart Envoy").click()
    live.wait_until_said("It serves at")
    expect(live.table("Threads").get_by_role("rowheader", name="worker_2")).to_be_visible()
    live.wait_for_ticks()
    assert live.figure("expected") == "4"


def test_the_numbers_are_the_boards(notebook: OpenNotebook, live: DashboardPage) -> None:
    live.button("Send to every worker").click()
    live.wait_until_said("200")
    notebook.execute("envoy.stop()")  # the board stays as it was
    expect(live.view).to_contain_text("Envoy does not run")
    board = json.loads(notebook.execute(BOARD))
    columns = next(iter(board.values())).keys()
    # The last frame may still be on its way to the page.
    for attempt in stamina.retry_context(on=AssertionError, attempts=None, timeout=10):
        with attempt:
            rows = live.rows("Threads").items()
            assert {name: {c: row[c] for c in columns} for name, row in rows} == board
