"""The dashboard as a person steers it: what is refused, what stands still, what can be read."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import JupyterServer, OpenNotebook, one_dashboard
from tests.browser.dashboard_page import PAINTED, DashboardPage

# Tokens live for two seconds, so that a page soon shows one that has expired since it was checked.
PREPARE = """
from lab_helpers import Envoy, TokenApi, compile_filter
from lab_helpers.dashboard import Dashboard, Lanes
from lab_helpers.folders import repository_folder

module = compile_filter(repository_folder() / "filter" / "token", reuse=True)
settings = {"tick_ms": 500, "vm_header": "x-wasm-vm"}
envoy = Envoy(module, workers=2, settings=settings, token_api=TokenApi(token_lifetime_s=2).start())
envoy.start()
"""
# An answer that came so many seconds ago, as the page of a dashboard shows one that nobody renews.
OLD_ANSWER = """
import time
from lab_helpers.board.events import RequestAnswered
envoy.record(RequestAnswered(time.time() - {ago_s}, "worker_1", 200, (("x-auth", ""),), 1.0))
"""
# What stands above the lanes: [text, its left end, its right end], by canvas.
NOTE_TEXTS = """
window.labTexts = new Map();
const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.clearRect = function (...given) {
    window.labTexts.set(this.canvas, []);
    return clearRect.apply(this, given);
};
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
    const { width } = this.measureText(text);
    const left = { left: x, center: x - width / 2, right: x - width }[this.textAlign];
    if (y < 12) window.labTexts.get(this.canvas)?.push([text, left, left + width]);
    return fillText.call(this, text, x, y);
};
"""
AXIS = "(canvas) => window.labTexts.get(canvas).sort(([, a], [, b]) => a - b)"
NOTE_PAINTS = """
() => document.querySelector('.lab-stage').addEventListener('lab-paint', ({ detail }) => {
    const { since } = window.labPaint ?? {};
    const anew = window.labPaint?.windowS !== detail.windowS;
    window.labPaint = { ...detail, since: anew ? detail.textPaints : since };
})"""
# The names and the axis have been painted, too, with lanes that reach so far back.
PAINTED_WITH = """(windowS) => {
    const { labPaint: last } = window;
    return last?.windowS === windowS && last.textPaints > last.since + 1;
}"""
COUNT_PAINTS = """() => {
    window.labPaints = window.labFrames = 0;
    document.querySelector('.lab-stage').addEventListener('lab-paint', () => {
        window.labPaints += 1;
    });
    const count = () => { window.labFrames += 1; requestAnimationFrame(count); };
    count();
}"""
ASKING = ("Send to every worker", "Follow a request", "Stream for 10 s")


@pytest.fixture(scope="module")
def notebook(browser: Browser, jupyter: JupyterServer) -> Iterator[OpenNotebook]:
    """One dashboard on a narrow page, for the tests that leave it as they found it."""
    narrow = browser.new_context(viewport={"width": 800, "height": 900})
    narrow.add_init_script(NOTE_TEXTS)
    with one_dashboard(narrow, jupyter, "steered.ipynb", PREPARE) as opened:
        yield opened


@pytest.mark.parametrize(("field", "kept"), [("Workers", "2"), ("Tick, ms", "500")])
def test_nought_is_refused_in_words_and_not_turned_into_one(
    live: DashboardPage, artifacts: Path, field: str, kept: str
) -> None:
    live.field(field).focus()
    live.page.keyboard.press("Control+A")
    live.page.keyboard.type("0")
    refusal = live.page.get_by_role("alert").filter(has_text=f"“{field}” cannot be 0")
    expect(refusal).to_be_visible()
    expect(refusal).to_contain_text("type a whole number from 1 to")
    expect(live.button("Restart Envoy")).to_be_disabled()
    live.page.keyboard.press("Enter")
    live.page.keyboard.press("Tab")
    expect(live.field(field)).to_have_value("0")
    live.bring_into_view()
    live.page.screenshot(
        path=artifacts / f"dashboard-refused-{field.split(',', maxsplit=1)[0].lower()}.png"
    )
    live.field(field).fill(kept)
    expect(refusal).to_be_hidden()
    expect(live.button("Restart Envoy")).to_be_enabled()


def test_pause_says_so_and_offers_to_resume(live: DashboardPage, artifacts: Path) -> None:
    expect(live.view).to_have_attribute("data-frozen", "false")
    live.button("Pause").focus()
    live.page.keyboard.press("Enter")
    expect(live.view).to_contain_text(re.compile(r"paused: the picture is of \d+:\d\d:\d\d"))
    expect(live.view).to_have_attribute("data-frozen", "true")
    expect(live.button("Pause")).to_have_count(0)
    expect(live.button("Resume")).to_be_focused()
    stage = live.view.locator(".lab-texts")
    live.page.wait_for_function(  # its right end is no longer now
        f"(canvas) => ({AXIS})(canvas).every(([text]) => text !== 'now' && !/ago/.test(text))",
        arg=stage.element_handle(),
    )
    _, where = live.painted()
    ticks = live.rows("Threads")["worker_0"]["ticks"]
    live.page.wait_for_function(
        "(at) => performance.now() > at + 1500", arg=live.page.evaluate("() => performance.now()")
    )
    assert live.painted()[1] == where
    assert live.rows("Threads")["worker_0"]["ticks"] == ticks
    live.bring_into_view()
    live.page.screenshot(path=artifacts / "dashboard-paused.png")
    # A window of another size clears what is painted: what was held is painted anew.
    live.page.set_viewport_size({"width": 760, "height": 900})
    live.page.wait_for_function(
        f"(where) => {{ const [count, which] = ({PAINTED})(document.querySelector('.lab-moving'));"
        " return count > 500 && which !== where; }",
        arg=where,
    )
    live.page.set_viewport_size({"width": 800, "height": 900})
    live.button("Resume").click()
    expect(live.view).to_have_attribute("data-frozen", "false")
    live.wait_for_ticks(more_than=int(ticks) + 1)
    expect(live.button("Pause")).to_be_visible()


def test_it_is_not_painted_in_each_frame(live: DashboardPage) -> None:
    """Ten frames a second and four turns of the page's clock; a screen has sixty."""
    live.view.locator(".lab-stage").scroll_into_view_if_needed()
    live.page.evaluate(COUNT_PAINTS)
    live.page.wait_for_function("() => window.labFrames >= 120")
    paints, frames = live.page.evaluate("() => [window.labPaints, window.labFrames]")
    assert 0 < paints < frames / 2


def test_only_what_can_act_can_be_clicked(notebook: OpenNotebook, live: DashboardPage) -> None:
    for name in (*ASKING, "Restart Envoy", "Stop Envoy"):
        expect(live.button(name)).to_be_enabled()
    for name in ("Start Envoy", "Cancel"):
        expect(live.button(name)).to_be_disabled()
    live.button("Stream for 10 s").click()
    expect(live.button("Cancel")).to_be_enabled()
    live.button("Cancel").click()
    live.wait_until_said("requests answered")
    expect(live.button("Cancel")).to_be_disabled()
    notebook.execute("envoy.stop()")  # in a cell: the controls follow
    for name in (*ASKING, "Restart Envoy", "Stop Envoy", "Cancel"):
        expect(live.button(name)).to_be_disabled()
    live.button("Start Envoy").click()
    live.wait_until_said("It serves at")
    expect(live.button("Send to every worker")).to_be_enabled()


def test_a_cell_has_one_mark_and_a_time_that_fits(
    notebook: OpenNotebook, live: DashboardPage
) -> None:
    live.button("Send to every worker").click()
    live.wait_until_said("worker_0 200")
    table = live.table("Last response of each worker")
    expect(table.get_by_text(re.compile(r"^✖ expired \d+ s ago, signature valid$"))).to_have_count(
        2
    )
    cell = live.rows("Last response of each worker")["worker_0"]["signature"]
    assert len(re.findall("[✔✖]", cell)) == 1
    when = table.get_by_role("row").filter(has_text="worker_1").get_by_role("cell").last
    for ago_s, told in ((45, "4\\d s"), (840, "14 min"), (10_800, "3 h"), (259_200, "3 days")):
        notebook.execute(OLD_ANSWER.format(ago_s=ago_s))
        expect(when).to_have_text(re.compile(f"^{told} ago$"))


@pytest.mark.parametrize("window_s", [1, 10, 30, 61, 600, 5000])
def test_what_stands_on_the_axis_does_not_overlap(
    notebook: OpenNotebook, live: DashboardPage, artifacts: Path, window_s: int
) -> None:
    notebook.execute(f"dashboard.view._frames._window_s = {window_s}")
    live.view.locator(".lab-stage").scroll_into_view_if_needed()
    live.page.evaluate(NOTE_PAINTS)
    live.page.wait_for_function(PAINTED_WITH, arg=window_s)
    texts = live.view.locator(".lab-texts").evaluate(AXIS)
    assert len(texts) >= 3, texts  # some time ago, now, and what stands to the right of it
    for (text, _, end), (after, begin, _) in itertools.pairwise(texts):
        assert end + 4 < begin, (text, after, texts)
    live.page.screenshot(path=artifacts / f"dashboard-axis-{window_s}.png")
