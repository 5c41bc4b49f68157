"""The table of faults in docs/faults.md: each row is written, and held true, by a test.

A test that provokes a fault is marked with what it does, and hands the fixture `fault` what the lab
said. With `LAB_WRITE_FAULTS=1` that writes its row; without, the test fails where the page says
something else. `tests/unit/test_faults_page.py` fails where a row's test, or a test's row, is gone.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from filelock import FileLock

from lab_helpers.errors import LabError
from lab_helpers.folders import repository_folder

__all__ = ["PAGE", "hold_to_page", "rows_of"]

PAGE = repository_folder() / "docs" / "faults.md"

_WRITE = "LAB_WRITE_FAULTS"
_ROW = re.compile(r"^\| .* \| `(?P<test>tests/[\w/]+\.py::\w+)` \|$")
# What is another value in each run, or on another machine.
_VARIES = (
    (re.compile(rf"{re.escape(tempfile.gettempdir())}/[\w./~+-]*"), "…"),
    (re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b"), "…"),
    (re.compile(r"\b\d[\d.,]*(?= (?:ms|s|MB|KB|GB|bytes|lines|seconds)\b)"), "…"),
    (re.compile(r"\b\d[\d,]{3,}\b"), "…"),
)
_PARTS = {
    "unit": "Without an Envoy",
    "envoy": "With an Envoy on this machine",
    "docker": "With Docker",
    "notebooks": "In a notebook",
    "browser": "In a page",
}


def hold_to_page(fault: str, said: LabError | str, *, kept: str, left: str, test: str) -> None:
    """Write a fault's row where that is asked for, else make sure that the page has it.

    Args:
        fault: What is done, in the reader's words.
        said: The error, or the words, that a person gets.
        kept: What of the person's work and of the lab goes on.
        left: What remains on the machine.
        test: The test that provokes it.

    Raises:
        AssertionError: The page says something else.
    """
    cells = (fault, _steady(said), kept, left)
    row = f"| {' | '.join(map(_cell, cells))} | `{test}` |"
    if os.environ.get(_WRITE) == "1":
        _write(test, row)
        return
    there = rows_of(PAGE.read_text(encoding="utf-8")).get(test, "no row")
    assert there == row, f"docs/faults.md says something else: run this test with {_WRITE}=1"


def rows_of(page: str) -> dict[str, str]:
    """Return the rows of the page by their tests, `tests/….py::name`.

    Args:
        page: Its text.
    """
    found = ((line, _ROW.match(line)) for line in page.splitlines())
    return {match["test"]: line for line, match in found if match}


def _write(test: str, row: str) -> None:
    """Put a row in its place: a table for each folder of tests, by file and name."""
    # Tests of several folders run at a time.
    with FileLock(Path(tempfile.gettempdir()) / "faults-page.lock"):
        page = PAGE.read_text(encoding="utf-8")
        rows = rows_of(page) | {test: row}
        parts: dict[str, list[str]] = {}
        for each in sorted(rows):
            parts.setdefault(_PARTS[each.split("/")[1]], []).append(rows[each])
        head = page.partition("\n## ")[0].rstrip()
        tables = (
            f"## {part}\n\n| what is done | what is said | what goes on | what is left | test |\n"
            f"|---|---|---|---|---|\n{chr(10).join(each)}\n"
            for part, each in parts.items()
        )
        PAGE.write_text(f"{head}\n\n" + "\n".join(tables), encoding="utf-8")


def _steady(said: LabError | str) -> str:
    """Return the lab's own words, without what is another value in each run."""
    text = said
    if isinstance(said, LabError):
        text = f"{said.what} Try: {said.hint}" if said.hint else said.what
    words = str(text)
    for pattern, word in _VARIES:
        words = pattern.sub(word, words)
    return words


def _cell(text: str) -> str:
    """Return a text as one cell of a Markdown table: in one line, nothing of it markup."""
    return re.sub(r"([|<>`*_\[\]\\])", r"\\\1", " ".join(text.split()))
