"""The dashboard fits its page, names what is there, and its words, times and bars agree."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import JupyterServer, OpenNotebook, one_dashboard
from tests.browser.dashboard_page import DashboardPage

PREPARE = """
from lab_helpers import Envoy, compile_filter
from lab_helpers.dashboard import Dashboard, Headers
from lab_helpers.folders import repository_folder

module = compile_filter(repository_folder() / "filter" / "token", reuse=True)
settings = {"tick_ms": 500, "vm_header": "x-wasm-vm"}
envoy = Envoy(module, workers=2, settings=settings).start()
answers = envoy.wait_for_tokens() and envoy.ask_every_worker()
"""
# An answer with all that can be long in a table: what became of it, and headers of its own.
LONG_ANSWER = """
import time
from lab_helpers.board.events import RequestAnswered
headers = (*answers[1].headers.multi_items(), ("x-ratelimit-limit", "100, 100;w=60"),
           ("x-request-id", "5f0c4a31-7d0e-9a3c-8a6e-0d6f1f0c2b11"), ("x-long", "a" * 150))
outcome = "connection closed before an answer"
envoy.record(RequestAnswered(time.time(), "worker_1", 503, headers, 1234.5, outcome))
"""
# Of each table: what of it is not to be seen without scrolling in it.
HIDDEN = """() => [...document.querySelectorAll('.lab-scroll')].flatMap((box) => {
    const name = box.getAttribute('aria-label');
    const { right, bottom } = box.getBoundingClientRect();
    const out = [...box.querySelectorAll('tbody th, tbody td')].filter((cell) => {
        const at = cell.getBoundingClientRect();
        const { scrollWidth, clientWidth } = cell;
        return at.right > right + 1 || at.bottom > bottom + 1 || scrollWidth > clientWidth + 1;
    });
    return box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight || out.length
        ? [[name, box.scrollWidth, box.clientWidth, out.map((cell) => cell.textContent)]] : [];
})"""
# At each paint: for each lane what its label says, and where its newest bar stands, in seconds ago.
NOTE_LABELS = """
window.labTexts = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    if (/^[0-9.]+ s ago, /.test(text)) window.labTexts.push([y, parseFloat(text)]);
    return fillText.call(this, text, x, y);
};
"""
COMPARE = """() => {
    const stage = document.querySelector('.lab-stage');
    const canvas = stage.querySelector('.lab-moving');
    const seen = window.labCompared = { pairs: [], bars: new Set() };
    const AXIS = 20;
    stage.addEventListener('lab-paint', ({ detail }) => {
        const lane = (stage.clientHeight - AXIS) / detail.lanes;
        for (let index = 0; index < detail.lanes; index += 1) {
            const middle = AXIS + (index + 0.5) * lane;
            const row = Math.round(middle - lane * 0.27);
            const { data } = canvas.getContext('2d').getImageData(0, row, canvas.width, 1);
            let bar = -1;  // above the reply's mark, a bar is the only dark thing
            for (let x = 0; x < canvas.width; x += 1) {
                if (data[4 * x + 3] > 128 && data[4 * x] < 100) bar = x;
            }
            const ago = (detail.right - bar) / detail.perS;
            const said = window.labTexts.filter(([y]) => Math.abs(y - middle) < 2).at(-1);
            if (bar >= 0 && said) seen.pairs.push([said[1], ago]);
            seen.bars.add(`${index} ${Math.round(2 * (detail.now - ago))}`);
        }
        window.labTexts.splice(0, window.labTexts.length - 20);
    });
}"""
VISIBLE = "(list) => [...list.children].filter((item) => !item.hidden).map((i) => i.textContent)"


@pytest.fixture(scope="module")
def notebook(
    browser: Browser, browser_context_args: dict[str, Any], jupyter: JupyterServer
) -> Iterator[OpenNotebook]:
    """One dashboard, on a page whose clock is far from the kernel's."""
    far = browser.new_context(
        **{**browser_context_args, "timezone_id": "Asia/Kolkata", "locale": "en-US"}
    )
    far.add_init_script(NOTE_LABELS)
    with one_dashboard(far, jupyter, "fits.ipynb", PREPARE) as opened:
        yield opened


@pytest.mark.parametrize("width", [1400, 1280, 800])
def test_every_table_fits_beside_the_file_browser(
    notebook: OpenNotebook, live: DashboardPage, artifacts: Path, width: int
) -> None:
    live.page.set_viewport_size({"width": width, "height": 900})
    notebook.execute("answers = envoy.ask_every_worker()")
    table = live.table("Last response of each worker")
    expect(table.get_by_role("row", name="worker_1")).to_contain_text("200")
    expect(table.get_by_role("columnheader", name="other headers")).to_be_hidden()
    table.scroll_into_view_if_needed()
    live.page.screenshot(path=artifacts / f"dashboard-fits-{width}.png")
    assert live.page.evaluate(HIDDEN) == []
    notebook.execute(LONG_ANSWER)
    expect(table).to_contain_text("503 connection closed before an answer")
    expect(table).to_contain_text("x-request-id: 5f0c4a31")
    live.field("Response of").select_option("worker_1")
    expect(live.table("All headers")).to_contain_text("x-long")
    live.page.screenshot(path=artifacts / f"dashboard-fits-long-{width}.png")
    assert live.page.evaluate(HIDDEN) == []


def test_a_label_says_how_far_from_now_the_newest_bar_stands(live: DashboardPage) -> None:
    live.page.set_viewport_size({"width": 1280, "height": 900})
    live.view.locator(".lab-stage").scroll_into_view_if_needed()
    live.page.evaluate(COMPARE)
    # Some ticks came meanwhile, and for a while none did.
    live.page.wait_for_function(
        "() => window.labCompared.bars.size >= 12 && window.labCompared.pairs.length >= 100"
    )
    pairs = live.page.evaluate("() => window.labCompared.pairs")
    assert [(said, ago) for said, ago in pairs if abs(said - ago) > 0.12] == []


def test_the_legend_names_the_marks_that_are_there_and_says_what_they_mean(
    notebook: OpenNotebook, live: DashboardPage
) -> None:
    legend = live.view.get_by_role("list", name="Legend")
    shown = legend.evaluate(VISIBLE)
    assert {"tick", "reply, token kept"} <= set(shown)
    assert not {"reply, status not seen", "VM died", "no token kept"} & set(shown)
    head = live.view.locator(".lab-scene").bounding_box()
    below = live.view.locator(".lab-tallies").bounding_box()
    assert head is not None
    assert below is not None
    assert 0 <= below["y"] - head["y"] - head["height"] < 24  # no blank room between
    notebook.execute('envoy.token_api.fault = "error"')
    expect(legend.get_by_text("no token kept")).to_be_visible()
    notebook.execute('envoy.token_api.fault = "none"')
    expect(legend.get_by_text("no token kept")).to_be_hidden(timeout=20_000)
    live.view.get_by_text("In words").click()
    meanings = live.view.get_by_role("list", name="What the marks mean")
    expect(meanings).to_contain_text("tick: the filter's timer fired on this thread")
    names = [text.partition(":")[0] for text in meanings.evaluate(VISIBLE)]
    assert names == legend.evaluate(VISIBLE)
    live.view.get_by_text("In words").click()


def test_times_are_told_in_utc_whatever_the_pages_clock(live: DashboardPage) -> None:
    live.field("Response of").select_option("worker_0")
    claims = live.rows("The token in x-auth")
    for name in ("iat", "exp"):
        seconds, _, told = claims[name]["value"].partition(" ")
        assert told == f"({dt.datetime.fromtimestamp(int(seconds), dt.UTC):%H:%M:%S} UTC)"
    live.button("Pause").click()
    paused = re.compile(r"paused: the picture is of \d\d:\d\d:\d\d UTC")
    expect(live.view).to_contain_text(paused)
    live.button("Resume").click()


def test_after_envoys_end_the_last_picture_stands_and_says_so(
    notebook: OpenNotebook, live: DashboardPage, artifacts: Path
) -> None:
    live.view.locator(".lab-stage").scroll_into_view_if_needed()
    notebook.execute("envoy.stop()")
    status = live.view.get_by_role("region", name="Status")
    expect(status).to_contain_text("the last picture; it is live again when Envoy starts")
    stopped = re.compile(r"\d\d:\d\d:\d\d UTC Envoy was stopped")
    expect(live.view.get_by_role("log")).to_contain_text(stopped)
    expect(live.button("Pause")).to_be_hidden()
    expect(live.view).to_have_attribute("data-frozen", "true")
    words = live.view.get_by_role("img", name="Ticks by thread")
    expect(words).to_have_accessible_description(re.compile(r"worker_0 \d\d?, worker_1 \d\d?"))
    painted, said = live.painted(), words.evaluate("(at) => at.textContent")
    live.page.wait_for_function(
        "(at) => performance.now() > at + 2500", arg=live.page.evaluate("() => performance.now()")
    )
    assert live.painted() == painted
    assert words.evaluate("(at) => at.textContent") == said
    live.page.screenshot(path=artifacts / "dashboard-after-stop.png")
    notebook.execute("envoy.start()")
    expect(live.button("Pause")).to_be_visible()
    expect(live.view).to_have_attribute("data-frozen", "false")
    live.wait_for_ticks()
