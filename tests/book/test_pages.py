"""A page shows what a newcomer sees, and gives no solution away."""

from __future__ import annotations

import base64

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pygments.token import Error, Keyword, Name, _TokenType

from book.highlighting import CellLexer
from book.pages import files_shown, page_of
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.solutions import solution_cell, stub_cell

EXERCISE = "02-tick"
WIDGET = "application/vnd.jupyter.widget-view+json"
PNG = base64.b64encode(b"a picture").decode()


def run(source: str, said: dict[str, str]) -> nbformat.NotebookNode:
    """Return a lesson with one exercise as it ran; `said` is what each code cell said."""
    stub = new_code_cell(source, metadata={"tags": [f"exercise-{EXERCISE}"]})
    cells = [new_markdown_cell("# 02 · Opening"), new_code_cell("before()"), stub]
    cells += [new_code_cell("between()"), new_code_cell(f'check("{EXERCISE}")')]
    cells += [new_code_cell("after()")]
    for name, cell in zip(("before", "stub", "between", "check", "after"), cells[1:], strict=True):
        text = said.get(name, "the same, in 0.3 s")
        cell.outputs = [new_output("execute_result", {"text/plain": text})]
    notebook: nbformat.NotebookNode = new_notebook(cells=cells)
    return notebook


def page(notice: str = "", **said: str) -> nbformat.NotebookNode:
    solved = {name: f"{text}, solved" for name, text in said.items()}
    return page_of(run(stub_cell(EXERCISE), said), run(solution_cell(EXERCISE), solved), notice)


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    return [
        output["data"]["text/plain"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
    ]


def test_the_stub_stands_there_and_the_solution_is_folded() -> None:
    made = page(check="✗ wanted", between="tick 0")
    stub, solution = [cell for cell in made.cells if "OnTick" in cell.source]
    assert stub.source == stub_cell(EXERCISE)
    assert "hide-cell" not in stub.metadata.tags
    assert solution.source == solution_cell(EXERCISE)
    assert solution.metadata.tags == ["hide-cell"]
    assert solution.metadata.mystnb.code_prompt_show == "A solution, and what it gives"


def test_from_the_stub_to_its_check_what_a_solution_changes_is_folded() -> None:
    made = page(before="a", between="b", check="c", after="d")
    assert texts(made) == [
        *("a", "the same, in 0.3 s", "the same, in 0.3 s"),  # the stub, and the solution
        *("b", "b, solved", "c", "c, solved", "d"),
    ]
    folded = [cell for cell in made.cells if "hide-output" in cell.metadata.get("tags", ())]
    assert [texts(new_notebook(cells=[cell])) for cell in folded] == [["b, solved"], ["c, solved"]]
    assert all("remove-input" in cell.metadata.tags for cell in folded)


def test_figures_alone_make_no_difference() -> None:
    as_kept = run(stub_cell(EXERCISE), {"check": "ready in 0.3 s at 127.0.0.1:40749, VM b74d55"})
    solved = run(solution_cell(EXERCISE), {"check": "ready in 1.2 s at 127.0.0.1:35111, VM 9c6ad9"})
    assert len(page_of(as_kept, solved, "").cells) == len(as_kept.cells) + 1


def test_a_live_view_becomes_its_picture_with_its_words() -> None:
    as_kept = run("pass", {})
    words = "3 lanes, <one> for\neach thread."
    data = {"text/plain": words, "image/png": f"{PNG}\n", WIDGET: {"model_id": "1"}}
    as_kept.cells[1].outputs = [new_output("display_data", data)]
    shown = page_of(as_kept, as_kept, "").cells[1].outputs[0].data
    assert set(shown) == {"text/plain", "text/html"}
    assert (
        f'src="data:image/png;base64,{PNG}" alt="3 lanes, &lt;one&gt; for each'
        in shown["text/html"]
    )
    assert "3 lanes, &lt;one&gt; for<br>each thread." in shown["text/html"]


def test_no_path_of_this_machine_is_shown() -> None:
    root = repository_folder()
    made = page(before=f"/tmp/x-1/work/filters/mine and {root}/filter, not {root}-2")  # noqa: S108
    assert texts(made)[0] == f"work/filters/mine and envoy-wasm-lab/filter, not {root}-2"


@pytest.mark.parametrize(
    ("link", "shown", "files"),
    [
        (
            "../filter/token/main.go",
            ' · <a href="../filter/token/main.go.html">the whole file</a>',
            {"filter/token/main.go"},
        ),
        ("../work/filters/mine/tick.go", "", set()),
        ("../filter/token/none.go", "", set()),
    ],
)
def test_a_link_to_the_editor_leads_to_the_file(link: str, shown: str, files: set[str]) -> None:
    as_kept = run("pass", {})
    editor = f'<b>tick.go</b> · <a href="{link}">open it in the editor</a>'
    as_kept.cells[1].outputs = [new_output("display_data", {"text/html": editor})]
    made = page_of(as_kept, as_kept, "")
    assert made.cells[1].outputs[0].data["text/html"] == f"<b>tick.go</b>{shown}"
    assert files_shown(made) == files


def test_the_notice_stands_below_the_opening() -> None:
    made = page("Read me.")
    assert [cell.source for cell in made.cells[:3]] == ["# 02 · Opening", "Read me.", "before()"]
    nbformat.validate(made)


def test_the_runs_themselves_stay_as_they_are() -> None:
    as_kept, solved = run(stub_cell(EXERCISE), {}), run(solution_cell(EXERCISE), {})
    before = nbformat.writes(as_kept), nbformat.writes(solved)
    page_of(as_kept, solved, "Read me.")
    assert (nbformat.writes(as_kept), nbformat.writes(solved)) == before


@pytest.mark.parametrize(
    ("cell", "kind", "word"),
    [
        ("%%go mine/tick.go\nfunc a() {}\n", Keyword, "func"),
        ("%%envoy mine.yaml\nadmin:\n  port: 1\n", Name.Tag, "admin"),
        ("import os\n", Keyword, "import"),
    ],
)
def test_a_cell_has_the_colours_of_its_language(cell: str, kind: _TokenType, word: str) -> None:
    tokens = list(CellLexer().get_tokens_unprocessed(cell))
    assert "".join(text for _, _, text in tokens) == cell
    assert all(cell[at : at + len(text)] == text for at, _, text in tokens)
    assert next(found for _, found, text in tokens if text == word) in kind
    assert not [text for _, found, text in tokens if found in Error]
