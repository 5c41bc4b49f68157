"""The check of a route comes by itself, with a real Envoy: from a cell, and from an editor."""

from __future__ import annotations

import queue
from pathlib import Path

from lab_helpers.lessons.cells.configurations import start_configuration
from lab_helpers.lessons.exercises.journal import read_record
from lab_helpers.lessons.exercises.solutions import solution_cell, stub_cell
from tests.unit.lessons.checks.test_by_itself import COMES_S, Run, run, told
from tests.unit.lessons.checks.test_checks import change

__all__ = ["run", "told"]  # the fixtures: a notebook, and what its outputs become

WIDE = "- {match: {prefix: /health}, direct_response: {status: 200}}"


def test_a_route_is_checked_as_its_cell_is_run_and_as_its_file_is_saved(
    run: Run, told: queue.Queue[str], work: Path
) -> None:
    start_configuration("first.yaml", like="bare.yaml")
    said = run(stub_cell("01-route"))
    assert "✗ wanted: Envoy itself answers /health" in said
    change(
        work / "envoy" / "first.yaml",
        "- match: {prefix: /}",
        f"{WIDE}\n{' ' * 24}- match: {{prefix: /}}",
    )
    assert "`prefix` takes all that begins so" in told.get(timeout=COMES_S)
    # A cell that Envoy refuses says so once; the check waits until that is mended.
    said = run(solution_cell("01-route").replace("status: 200", "stat: 200"))
    assert "The check comes by itself, once it is mended." in said
    assert "wanted" not in said
    assert "Exercise 01-route is done." in run(solution_cell("01-route"))
    assert "01-route" in read_record().passed
