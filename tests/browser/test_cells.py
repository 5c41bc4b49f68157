"""Cells of Go and YAML in JupyterLab: their colours, how wide a tab is, and what Tab offers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import JupyterServer, OpenNotebook

GO = """%%go mine/response.go
package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"

func greet(name string) {
\tproxywasm.LogInfo("hello") // said once
\t
}"""
YAML = """%%envoy mine.yaml routes
- match: {prefix: "/"}
  route: {cluster: my_custom_svc} # all of them"""
PYTHON = """func = "not a word of Python's"
def name(): return func  # a comment"""
# A colour as the browser reckons it, of JupyterLab's own for a kind of word.
COLOUR_OF = """([text, variable, cell]) => {
    const shown = document.createElement('span');
    shown.style.color = `var(--jp-mirror-editor-${variable}-color)`;
    document.querySelector('.jp-Notebook').append(shown);
    const wanted = getComputedStyle(shown).color;
    shown.remove();
    const parts = [...cell.querySelectorAll('.cm-line span')];
    const found = parts.find((part) => part.textContent.trim() === text);
    return [found ? getComputedStyle(found).color : 'no such part', wanted];
}"""


@pytest.fixture
def notebook(jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook]) -> OpenNotebook:
    return open_notebook(jupyter.write("cells.ipynb", "%load_ext lab_helpers", GO, YAML, PYTHON))


def cell(page: Page, number: int) -> Locator:
    return page.locator(".jp-Notebook .jp-CodeCell").nth(number)


def expect_colour(page: Page, number: int, text: str, variable: str) -> None:
    """Wait until a part of a cell has the editor's colour of a kind of word."""
    cell(page, number).locator(".cm-line").first.wait_for()
    handle = cell(page, number).element_handle()
    page.wait_for_function(
        f"(given) => {{ const [is, wanted] = ({COLOUR_OF})(given); return is === wanted; }}",
        arg=[text, variable, handle],
        timeout=10_000,
    )


def test_go_and_yaml_have_their_own_colours_and_python_keeps_its(
    notebook: OpenNotebook, page: Page, artifacts: Path
) -> None:
    expect_colour(page, 1, "func", "keyword")
    expect_colour(page, 1, "package", "keyword")
    expect_colour(page, 1, '"hello"', "string")
    expect_colour(page, 1, "// said once", "comment")
    expect_colour(page, 2, "# all of them", "comment")
    expect_colour(page, 3, "def", "keyword")
    expect_colour(page, 3, "# a comment", "comment")
    kinds = page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.content.widgets.map(w => w.model.mimeType)"
    )
    assert kinds == ["text/x-ipython", "text/x-go", "text/x-yaml", "text/x-ipython"]
    page.screenshot(path=artifacts / "cells.png")
    # JupyterLab gives all cells the kernel's language again when a kernel says which it is.
    notebook.restart_kernel()
    notebook.execute("print(1)")
    expect_colour(page, 1, "func", "keyword")
    saved = notebook.save()
    assert "mimeType" not in str(saved)


def test_a_cell_follows_its_first_line_and_tab_offers_the_sdks_names_in_go(
    notebook: OpenNotebook, page: Page
) -> None:
    def written(number: int, text: str) -> str:
        page.evaluate(
            """([number, text]) => window.jupyterapp.shell.currentWidget.content
                .widgets[number].model.sharedModel.setSource(text)""",
            [number, text],
        )
        return str(
            page.evaluate(
                """(number) => window.jupyterapp.shell.currentWidget.content
                    .widgets[number].model.mimeType""",
                number,
            )
        )

    assert written(3, "%%go mine/tick.go\nfunc tick() {}") == "text/x-go"
    expect_colour(page, 3, "func", "keyword")
    assert written(3, "%%envoy mine.yaml routes\n- a: 1") == "text/x-yaml"
    for plain in ("%%golang\nx", "x = '%%go'", "# %%go\nx", "%go x", "%%time\nx = 1", ""):
        assert written(3, plain) == "text/x-ipython", plain
    # A cell that is new.
    notebook.command("notebook:insert-cell-below")
    assert written(1, GO) == "text/x-go"

    notebook.execute("%load_ext lab_helpers")
    line = cell(page, 1).locator(".cm-line").nth(7)
    line.click()
    page.keyboard.press("End")
    page.keyboard.type("proxywasm.GetHttpRequestHeader")
    page.keyboard.press("Tab")
    offered = page.locator(".jp-Completer-item")
    expect(offered.first).to_be_visible()
    names = [name.strip() for name in offered.locator(".jp-Completer-match").all_inner_texts()]
    assert names == ["GetHttpRequestHeader", "GetHttpRequestHeaders"]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(line).to_have_text("\tproxywasm.GetHttpRequestHeaders")


def test_a_tab_is_as_wide_in_every_listing_as_in_a_cell(
    jupyter: JupyterServer, open_notebook: Callable[[str], OpenNotebook], page: Page
) -> None:
    """A file that is shown, Go that does not compile, what a cell prints, Go in a text."""
    shown = 'from lab_helpers import show_go\nshow_go("hello/response.go")'
    wrong = "%%go tabs/main.go\npackage main\n\nfunc main() {\n\tthere is none\n}"
    elsewhere = "%%go tabs/other.go\npackage main\n\nfunc other() {}"
    printed = 'print("a\\tb")'
    cells = ("%load_ext lab_helpers", shown, wrong, elsewhere, printed)
    name = jupyter.write("tabs.ipynb", *cells)
    kept = nbformat.read(jupyter.notebooks / name, as_version=4)
    kept.cells.append(nbformat.v4.new_markdown_cell("```go\nfunc f() {\n\tg()\n}\n```"))
    nbformat.write(kept, jupyter.notebooks / name)
    notebook = open_notebook(name)
    notebook.run_all()
    expect(page.locator(".jp-RenderedMarkdown pre")).to_be_visible()
    widths = page.evaluate(
        """() => [...document.querySelectorAll(
            '.jp-Notebook .cm-content, .jp-OutputArea-output pre, .jp-OutputArea-output pre code,'
            + '.jp-RenderedMarkdown pre'
        )].filter((at) => at.offsetParent).map((at) => getComputedStyle(at).tabSize)"""
    )
    assert len(widths) > len(cells) + 3
    assert set(widths) == {"4"}
