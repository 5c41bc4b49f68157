"""The form of a lesson, as rules that a notebook breaks or keeps."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import nbformat

import lab_helpers
from book.execution import tidied
from lab_helpers.lessons.exercises.shelf import exercise_of

CELLS = range(20, 41)
CELLS_OF_THE_FIRST = range(10, 41)  # 00 is five minutes long
LINES = 12
WORDS = 1500
OPENING = ("**You will do**", "**You will learn**", "**You need**", "**Time**")
CLOSING = "## What you learned"
FORBIDDEN = {
    r"\bthreading\b|\bThread\(": "a thread",
    r"\bsubprocess\b|^\s*!|\bos\.system\b": "another program",
    r"\bsleep\b": "a sleep",
    r"\bsys\.path\b": "sys.path",
    r"\bport=\s*[1-9]": "a fixed port",
    r"^\s*%pip|^\s*%%(?!go |envoy )|^\s*%(?!%|load_ext lab_helpers\b)": (
        "a magic that is not the lab's"
    ),
}
GLOSSARY = "glossary.ipynb"

_LINK = re.compile(r"(!?)\[((?:[^\]\\]|\\.)*)\]\(([^)\s]+)\)")
_IMPORT = re.compile(r"^\s*(?:from (\S+) )?import ([\w, ]+)", re.MULTILINE)
_MARKDOWN_NOISE = re.compile(r"```.*?```|https?://\S+|\]\([^)]*\)", re.DOTALL)


def problems(file: Path, notebook: nbformat.NotebookNode, glossary: frozenset[str]) -> list[str]:
    """Return what a notebook does not keep, in words."""
    return [
        *_shape(file, notebook),
        *_opening_and_closing(notebook),
        *_code(notebook),
        *_exercises(file, notebook),
        *_links(file, notebook),
        *_terms(notebook, glossary),
    ]


def anchors(notebook: nbformat.NotebookNode) -> frozenset[str]:
    """Return the anchors of a notebook's headings, as JupyterLab and the book make them."""
    headings = re.findall(r"^#+ (.+)$", markdown(notebook), re.MULTILINE)
    return frozenset(heading.strip().replace(" ", "-") for heading in headings)


def markdown(notebook: nbformat.NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def prose(notebook: nbformat.NotebookNode) -> str:
    """Return the words that a person reads, without code and addresses."""
    return words_of(markdown(notebook))


def words_of(text: str) -> str:
    """Return the words of a text in Markdown, without code and addresses."""
    return _MARKDOWN_NOISE.sub(" ", text)


def link_problems(file: Path, text: str) -> Iterator[str]:
    """Yield what is wrong with the links and pictures of a text.

    Args:
        file: Where it stands; its links are relative to that.
        text: The text, in Markdown.
    """
    for picture, words, target in _LINK.findall(text):
        if picture and not words.strip():
            yield f"the picture {target} has no text alternative"
        if not words.strip():
            yield f"a link to {target} has no text"
        if target.startswith("https://"):
            continue
        if target.startswith("http:"):
            yield f"{target} is not https"
            continue
        path, _, anchor = unquote(target).partition("#")
        linked = file.parent / path if path else file
        if not linked.exists():
            yield f"{target} leads nowhere"
        elif anchor and anchor not in _anchors_of(linked):
            yield f"{target}: that page has no such heading"


def _shape(file: Path, notebook: nbformat.NotebookNode) -> Iterator[str]:
    if tidied(notebook) != notebook:
        yield "it is not tidy: run `python -m tests.notebooks.tidy`"
    wanted = CELLS_OF_THE_FIRST if file.name.startswith("00") else CELLS
    if len(notebook.cells) not in wanted:
        yield f"{len(notebook.cells)} cells, not {wanted.start} to {wanted.stop - 1}"
    words = len(prose(notebook).split())
    if words > WORDS:
        yield f"{words} words, more than {WORDS}"
    for number, cell in enumerate(notebook.cells):
        lines = len(cell.source.splitlines()) - _is_no_python(
            cell
        )  # where it goes is no line of it
        if cell.cell_type == "code" and lines > LINES:
            yield f"cell {number} has {lines} lines of code, more than {LINES}"
        if not cell.source.strip():
            yield f"cell {number} is empty"


def _opening_and_closing(notebook: nbformat.NotebookNode) -> Iterator[str]:
    first, last = notebook.cells[0], notebook.cells[-1]
    if not re.match(r"# \d\d · \S", first.source):
        yield "its first cell does not begin with `# NN · Title`"
    yield from (f"its first cell lacks {words}" for words in OPENING if words not in first.source)
    if not re.search(r"\*\*Time\*\*:? \d+ minutes", first.source):
        yield "its first cell does not say how many minutes it takes"
    if not last.source.startswith(CLOSING):
        yield f"its last cell does not begin with `{CLOSING}`"
    if "Next:" not in last.source:
        yield "its last cell does not say what comes next"


def _code(notebook: nbformat.NotebookNode) -> Iterator[str]:
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in code:
        for pattern, what in FORBIDDEN.items():
            if re.search(pattern, cell.source, re.MULTILINE) and not _is_no_python(cell):
                yield f"a cell uses {what}: {cell.source[:60]!r}"
        if _is_no_python(cell):
            continue
        for module, names in _IMPORT.findall(cell.source):
            if module != "lab_helpers":
                yield f"it imports from {module or names}, not from lab_helpers"
            else:
                unknown = {name.strip() for name in names.split(",")} - set(lab_helpers.__all__)
                yield from (f"lab_helpers has no {name}" for name in sorted(unknown) if name)
    if not code or "load_ext lab_helpers" not in code[0].source:
        yield "its first code cell does not load the extension: %load_ext lab_helpers"


def _exercises(file: Path, notebook: nbformat.NotebookNode) -> Iterator[str]:
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    names = [name for cell in notebook.cells if (name := exercise_of(cell))]
    imported = {
        name.strip() for _, listed in _IMPORT.findall(code) for name in listed.split(",")
    }
    if names and "hint" not in imported:
        yield "it sends people to hint(…), and does not import it"
    number = file.name[:2]
    if number != "00":
        if len(names) < 2:
            yield f"{len(names)} exercises, fewer than 2"
        if "predict(" not in code:
            yield "it asks for no prediction"
    for cell in notebook.cells:
        if cell.cell_type == "code" and "compare(" in cell.source:
            yield from _answers_given(cell.source)
    if len(set(names)) != len(names):
        yield "an exercise stands twice"
    for name in names:
        if not name.startswith(f"{number}-"):
            yield f"the exercise {name} does not begin with the lesson's number"
        if f'check("{name}"' not in code:
            yield f"the exercise {name} is never checked"
        if f'hint("{name}")' not in markdown(notebook) + code:
            yield f"it does not say where the hints for {name} are"


def _answers_given(source: str) -> Iterator[str]:
    """Hold each prediction's answer to be observed: whoever reads on would find a written one."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "compare":
            answer = [*node.args[1:], *(each.value for each in node.keywords)][0]
            if not any(isinstance(part, ast.Name) for part in ast.walk(answer)):
                name = ast.unparse(node.args[0])
                yield f"the answer to {name} stands in the cell: {ast.unparse(answer)}"


def _links(file: Path, notebook: nbformat.NotebookNode) -> Iterator[str]:
    yield from link_problems(file, markdown(notebook))


def _anchors_of(file: Path) -> frozenset[str]:
    if file.suffix == ".ipynb":
        return anchors(nbformat.read(file, as_version=4))
    headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    # As code hosts make them of Markdown's headings.
    return frozenset(
        re.sub(r"[^\w -]", "", heading.strip().casefold()).replace(" ", "-") for heading in headings
    )


def _terms(notebook: nbformat.NotebookNode, glossary: frozenset[str]) -> Iterator[str]:
    """Hold each term to be explained where it is first used: by a link to the glossary."""
    text = markdown(notebook)
    linked = {target.partition("#")[2] for _, _, target in _LINK.findall(text)}
    words = re.sub(r"`[^`]*`", " ", prose(notebook)).casefold()
    for term in sorted(glossary):
        spoken = term.replace("-", " ").casefold()
        if re.search(rf"(?<![-\w]){re.escape(spoken)}s?(?![-\w])", words) and term not in linked:
            yield f"the term {spoken!r} is not explained: link it to {GLOSSARY}#{term}"


def _is_no_python(cell: nbformat.NotebookNode) -> bool:
    return bool(cell.source.startswith(("%%go ", "%%envoy ")))
