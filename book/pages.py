"""Make a page of a lesson that ran.

A page shows the lesson as a newcomer's "Run all" leaves it: each exercise's stub, and what its
check says of it. So nothing on the page contradicts the code above it, and no solution is given
away. Below, folded, stands what a solution is and what it gives.
"""

from __future__ import annotations

import copy
import html
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from lab_helpers.figures.page import figure_html
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.shelf import exercise_of

__all__ = ["files_shown", "page_of"]

_WIDGET = "application/vnd.jupyter.widget-view+json"
_SOLUTION = "A solution, and what it gives"
_WITH_SOLUTION = "With a solution in, this cell shows"

# Times, ports, and the fingerprints of tokens and VMs: they differ from run to run.
_FIGURE = re.compile(r"\b[0-9a-f]*\d[0-9a-f]*\b")

# Paths of the machine that ran it would only puzzle a reader.
_PLACES = (
    (re.compile(r"(?<![\w.~])/[\w./-]+/work(?=/(?:build|envoy|filters|progress))"), "work"),
    (re.compile(rf"{re.escape(str(repository_folder()))}(?![\w-])"), "envoy-wasm-lab"),
    (re.compile(rf"{re.escape(str(Path.home()))}(?=/)"), "~"),
)
# The editor is JupyterLab's; a page of the book shows the file itself, where the file is the lab's.
_EDITOR_LINK = re.compile(r' · <a href="(?:\.\./)*([^"]*)">open it in the editor</a>')
_FILE_LINK = re.compile(r'<a href="\.\./([^"]*)\.html">the whole file</a>')


def page_of(
    as_kept: nbformat.NotebookNode, solved: nbformat.NotebookNode, notice: str
) -> nbformat.NotebookNode:
    """Return a page for the book.

    Args:
        as_kept: The run of the lesson as it is kept.
        solved: The run with the solutions in.
        notice: What to say, in MyST, below the opening; "" for nothing.
    """
    page = copy.deepcopy(as_kept)
    page.metadata = _node({"language_info": {"name": "python", "pygments_lexer": "lab"}})
    page.cells = list(_cells(as_kept, solved))
    if notice:
        page.cells.insert(1, _node({**page.cells[0], "id": "notice", "source": notice}))
    return page


def files_shown(page: nbformat.NotebookNode) -> set[str]:
    """Return the files that a page links to as a whole, relative to the repository.

    Args:
        page: A page, as `page_of` makes it.
    """
    outputs = [output for cell in page.cells for output in cell.get("outputs", ())]
    texts = [output.get("data", {}).get("text/html", "") for output in outputs]
    return {file for text in texts for file in _FILE_LINK.findall(text)}


def _cells(
    as_kept: nbformat.NotebookNode, solved: nbformat.NotebookNode
) -> Iterator[nbformat.NotebookNode]:
    # From an exercise's stub to its check the outputs hang on what the learner wrote.
    under_way = ""
    for cell, answer in zip(as_kept.cells, solved.cells, strict=True):
        shown = _shown(cell)
        yield shown
        if cell.cell_type != "code":
            continue
        under_way = exercise_of(cell) or under_way
        with_solution = _shown(answer)
        if exercise_of(cell):
            yield _folded(with_solution, _SOLUTION, "hide-cell")
        elif under_way and _words(shown) != _words(with_solution):
            yield _folded(with_solution, _WITH_SOLUTION, "remove-input", "hide-output")
        if f'check("{under_way}"' in cell.source:
            under_way = ""


def _shown(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    copied = copy.deepcopy(cell)
    for output in copied.get("outputs", ()):
        data = output.get("data", {})
        data.pop(_WIDGET, None)
        if "image/png" in data:
            data["text/html"] = figure_html(data.pop("image/png"), data["text/plain"])
        if "text/html" in data:
            data["text/html"] = _EDITOR_LINK.sub(_file_link, _without_paths(data["text/html"]))
        if "text" in output:
            output["text"] = _without_paths(output["text"])
        if "text/plain" in data:
            data["text/plain"] = _without_paths(data["text/plain"])
    return copied


def _folded(cell: nbformat.NotebookNode, prompt: str, *tags: str) -> nbformat.NotebookNode:
    cell.id = f"{cell.id}-solved"
    prompts = {"code_prompt_show": prompt, "code_prompt_hide": prompt}
    cell.metadata = _node({"tags": list(tags), "mystnb": prompts})
    return cell


def _file_link(editor: re.Match[str]) -> str:
    file = html.unescape(editor[1])
    if not file.startswith(("filter/", "envoy/")) or not (repository_folder() / file).is_file():
        return ""  # a learner's own
    return f' · <a href="../{html.escape(file)}.html">the whole file</a>'


def _words(cell: nbformat.NotebookNode) -> list[str]:
    """Return what a cell's outputs say, without figures."""
    return [
        _FIGURE.sub("", output.get("text") or output.get("data", {}).get("text/plain", ""))
        for output in cell.get("outputs", ())
    ]


def _without_paths(text: str) -> str:
    for pattern, instead in _PLACES:
        text = pattern.sub(instead, text)
    return text


def _node(values: dict[str, object]) -> nbformat.NotebookNode:
    node: nbformat.NotebookNode = nbformat.from_dict(values)
    return node
