"""A cell of Go or YAML that was refused saved nothing: a check says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from lab_helpers.lessons.cells import configurations, first_lines, go_cells, not_taken
from lab_helpers.lessons.cells.configurations import start_configuration
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks.checking import check, hint
from lab_helpers.lessons.checks.written import text_of_before
from lab_helpers.lessons.exercises.solutions import solution_cell

pytestmark = pytest.mark.usefixtures("work")
Run = Callable[[str], None]
GO = solution_cell("02-greeting")
BODY = GO.partition("\n")[2]
HEAD = GO.partition("\n")[0]
YAML = solution_cell("01-route").partition("\n")[2]


@pytest.fixture
def run() -> Iterator[Run]:
    """Run a cell in a notebook."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    for each in (go_cells, configurations, first_lines, not_taken):
        each.register(shell)

    def ran(source: str) -> None:
        with capture_output():
            shell.run_cell(source, store_history=True)

    yield ran
    InteractiveShell.clear_instance()


@pytest.mark.parametrize(
    "head", ["", f"%%go {HEAD.rpartition('/')[2]}\n", f"{HEAD[1:]}\n", "%%go\n", "%%go Mine/x.go\n"]
)
def test_a_cell_of_go_that_was_refused_is_told(run: Run, head: str) -> None:
    start_filter("mine")
    run(GO)
    assert check("02-greeting").passed
    run(head + BODY)
    said = check("02-greeting")
    assert not said.passed
    assert "The cell as it stands now was not taken" in said.note.text
    assert "holds the text that was saved before" in hint("02-greeting").text
    run(GO)
    assert check("02-greeting").passed


@pytest.mark.parametrize("head", ["%%envoy first.yaml route", "%%envoy first.yaml", "%envoy"])
def test_a_cell_of_yaml_that_was_refused_is_told(run: Run, head: str) -> None:
    start_configuration("first.yaml", like="bare.yaml")
    assert not text_of_before("01-route")
    run(f"{head}\n{YAML}")
    assert "was not taken" in text_of_before("01-route")


def test_what_else_was_refused_is_nobodys_loss(run: Run) -> None:
    start_filter("mine")
    run(GO)
    run("%%go guard/body.go\npackage main\n")
    run("this is no Python")
    assert check("02-greeting").passed
