"""Lines put in order in a real JupyterLab: by the keyboard alone, and by the mouse."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from lab_helpers.lessons.ordering.lines import lines_of
from tests.browser.conftest import JupyterServer, OpenNotebook

NAME = "02-greeting"
SOLVED = [line.strip() for line in lines_of(NAME).solved]
PLACE = "work/lessons/order.ipynb"
COMES_MS = 60_000  # a compiler on a busy machine
CELLS = (
    "%load_ext lab_helpers\nfrom lab_helpers import put_in_order, start_filter\nstart_filter()",
    f'order = put_in_order("{NAME}")\norder',
)


class Lines:
    """The lines in an open notebook."""

    def __init__(self, notebook: OpenNotebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        notebook.run_all()
        self.whole = self.page.get_by_role("region", name="Lines to put in order")
        expect(self.items).to_have_count(len(SOLVED))
        self.whole.scroll_into_view_if_needed()

    @property
    def items(self) -> Locator:
        return self.whole.get_by_role("listitem")

    def order(self) -> list[str]:
        """Return the lines as they stand."""
        return [text.strip() for text in self.items.locator("code").all_inner_texts()]

    def violations(self) -> list[str]:
        """Return what axe-core finds, however small."""
        found = Axe().run(self.page, context={"include": [[".lab-order"]]})
        return [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in found.response["violations"]
            for node in violation["nodes"]
        ]


def test_the_mouse_drags_a_line_and_the_keyboard_alone_brings_all_in_order(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook], artifacts: Path
) -> None:
    # Where the lessons are worked in: from there a link leads to the filter's file.
    lessons = jupyter.work / "lessons"
    lessons.mkdir(parents=True, exist_ok=True)
    shutil.move(jupyter.notebooks / jupyter.write("order.ipynb", *CELLS), lessons)
    lines = Lines(open_notebook(PLACE))
    before = lines.order()
    lines.items.nth(4).drag_to(lines.items.nth(0))
    expect(lines.items.first).to_contain_text(before[4])
    assert lines.order() == [before[4], *before[:4]]
    assert lines.notebook.execute("print(order.lines[0].strip())").strip() == before[4]
    lines.whole.get_by_role("button", name="Try this order").click()
    expect(lines.whole.get_by_text("✗").first).to_be_visible(timeout=COMES_MS)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lines.notebook.command("apputils:change-theme", {"theme": theme})
        light = str("Light" in theme).lower()
        lines.page.locator(f'body[data-jp-theme-light="{light}"]').wait_for(state="attached")
        lines.page.locator("#jupyterlab-splash").wait_for(state="detached")
        lines.page.screenshot(path=artifacts / f"order-{theme.split()[1].lower()}.png")
        assert lines.violations() == []
    link = lines.whole.get_by_role("link", name="open it in the editor")
    looks = link.evaluate(
        "(at) => [getComputedStyle(at).color, getComputedStyle(at.closest('div')).color]"
    )
    assert looks[0] != looks[1]
    link.click()
    lines.page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.context?.path.endsWith('mine/response.go')"
    )
    lines.notebook.command("docmanager:open", {"path": PLACE})

    keyboard, said = lines.page.keyboard, lines.whole.get_by_role("status")
    assert lines.order() != SOLVED
    lines.whole.get_by_role("button").first.focus()
    keyboard.press("Enter")
    expect(said).to_have_text("It is the first line already.")
    for place, line in enumerate(SOLVED):
        at = lines.order().index(line)
        lines.items.nth(at).get_by_role("button", name="Move up").focus()
        for step in range(at - place):
            keyboard.press(("Enter", "Space", "Alt+ArrowUp")[step % 3])
            # The focus has gone with the line.
            now = at - step
            expect(lines.page.locator(":focus")).to_have_attribute(
                "aria-label", f"Move up line {now} of {len(SOLVED)}: {line}"
            )
            expect(said).to_have_text(f"Now line {now} of {len(SOLVED)}: {line}")
    assert lines.order() == SOLVED
    lines.page.screenshot(path=artifacts / "order-keyboard.png")
    lines.whole.get_by_role("button", name="Try this order").focus()
    keyboard.press("Enter")
    expect(lines.whole).to_contain_text("Exercise 02-greeting is done.", timeout=COMES_MS)
    # No key has done anything to the notebook around.
    assert lines.notebook.execute("print(len(order.lines))") == f"{len(SOLVED)}\n"
    expect(lines.page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(len(CELLS))


def test_a_plain_arrow_stays_among_the_lines_and_what_was_said_of_another_order_says_so(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook]
) -> None:
    lines = Lines(open_notebook(jupyter.write("arrows.ipynb", *CELLS)))
    before, said = lines.order(), lines.whole.get_by_role("status")
    lines.items.nth(1).get_by_role("button", name="Move down").focus()
    for key, name in (("ArrowDown", before[2]), ("ArrowUp", before[1]), ("ArrowUp", before[0])):
        lines.page.keyboard.press(key)
        expect(lines.page.locator(":focus")).to_have_attribute(
            "aria-label", re.compile(re.escape(name))
        )
        expect(said).to_have_text("Alt with an arrow moves the line.")
    lines.page.keyboard.press("ArrowUp")  # there is no line above
    assert lines.order() == before
    lines.whole.get_by_role("button", name="Try this order").click()
    expect(lines.whole.get_by_text("✗").first).to_be_visible(timeout=COMES_MS)
    old = lines.whole.get_by_text("This was said of the order before:")
    expect(old).to_have_count(0)
    lines.items.first.get_by_role("button", name="Move down").click()
    expect(old).to_be_visible()
    lines.whole.get_by_role("button", name="Try this order").click()
    expect(old).to_have_count(0, timeout=COMES_MS)


@pytest.mark.parametrize("ends", ["shut down", "restarted"])
def test_a_try_that_no_kernel_hears_says_so(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook], ends: str
) -> None:
    lines = Lines(open_notebook(jupyter.write("unheard.ipynb", *CELLS)))
    if ends == "restarted":
        lines.notebook.restart_kernel()
    else:
        jupyter.end_kernels()
    lines.whole.get_by_role("button", name="Try this order").click()
    expect(lines.whole.get_by_role("status")).to_contain_text("run the first cell again")
