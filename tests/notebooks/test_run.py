"""Every lesson runs, by "Run all", as it stands and with the solutions in, and shows what it says.

One kernel runs the lesson twice: first as a newcomer's, whose stubs must all fail their checks
without stopping the run; then with the solutions in the stubs' place, which must all pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from book.lessons import keep_runs
from lab_helpers.folders import repository_folder
from book.execution import executed_twice, read_notebook
from lab_helpers.lessons.exercises.journal import read_record
from lab_helpers.lessons.exercises.shelf import Lesson, lessons

ARTIFACTS = repository_folder() / "test-artifacts" / "notebooks"

# What a reader must find in the outputs of the solved run, as regular expressions on their text.
SHOWN = {
    "00": (
        r"The lab can run\.",
        r"token\.wasm: \d+ KB, compiled by tinygo",
        r"3 lanes, one for each thread",
        r"2 of 2 workers answered a request, last with status 200; 2 of these responses carry",
    ),
    "01": (
        r"4 threads: 3 workers and the main thread",
        r"main: 2?\d+ · no · none",
        r"It is 4\. You made no guess",
        r"It is 1\. You made no guess",
        r"It is False\. You made no guess",
        r"cluster\.my_custom_svc\.upstream_rq_total`?: \d+",
        r"Envoy itself answers /health",
    ),
    "02": (
        r"x-wasm-filter: hello from wasm",
        r"log info: tick 3",
        r"callout: GET /auth to my_custom_svc, 5000 ms at most",
        r"reply 503: log warn: event=fetch vm=\w+ n=1 outcome=status status=503",
        r"x-auth: Bearer ",
        r"It is 3\. You made no guess",
    ),
    "03": (
        r"`-tags=custommalloc`: do not export `malloc`",
        r"standard Go: .* KB · \d+\.\d s · \d+ MB",
        r"env\.proxy_http_call`? · DispatchHttpCall",
        r"Envoy runs it; a response has status 200, and carries",
    ),
    "04": (
        r"It is False\. You made no guess this time",
        r"x-auth`?: Bearer eyJ[\w-]+…[\w-]{4}",
        r"✓ valid: signed by",
        r"kid.*which key signed it",
        r"setting \"tick_sm\"",
        r"✗ not valid: Signature verification failed",
        r"a greeting of your own: `?hello from me",
    ),
    "05": (
        r"It is 4\. You made no guess",
        r"4 threads: 3 workers and the main thread",
        r"5 VMs alive, 6 made",
        r"Exercise 05-workers is done",
        r"Exercise 05-tags is done",
        r"Exercise 05-period is done",
        r"token_filter\.ticks",
    ),
    "06": (
        r"! request 1 still waits",
        r"guard\.orders\.refused: 2",
        r"It is 2\. You made no guess",
        r"Welcome from the upstream\. You asked for \n",
        r"It is False\. You made no guess",
        r"Exercise 06-whole is done",
        r"ResumeHttpRequest → ok",
        r"OnHttpResponseBody \d+ bytes, the end → continue",
        r"wasmcustom\.guard\.orders\.refused`?: \d+",
    ),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("lesson", lessons(), ids=lambda lesson: lesson.notebook.stem)
def test_a_lesson_runs_as_it_stands_and_with_the_solutions(
    lesson: Lesson, work: Path, nothing_left: None
) -> None:
    notebook = read_notebook(lesson.notebook)
    as_it_stands, solved = executed_twice(notebook, lesson.notebook.parent, _none_passed(lesson))
    keep_runs(lesson, ARTIFACTS, (as_it_stands, solved))  # the book is made of them

    record = read_record()
    assert {name for name in lesson.exercises if name not in record.passed} == set()
    tries = {name: record.attempt(name).tries for name in lesson.exercises}
    assert set(tries.values()) <= {2}, tries
    text = output_text(solved)
    for pattern in SHOWN.get(lesson.number, ()):
        assert re.search(pattern, text), pattern
    for notebook in (as_it_stands, solved):
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                assert output.get("name") != "stderr", output["text"]
    assert {file.name for file in work.iterdir()} <= {
        ".progress.lock",
        "build",
        "envoy",
        "filters",
        "progress.json",
    }


def _none_passed(lesson: Lesson) -> Callable[[], None]:
    def look() -> None:
        record = read_record()
        assert [name for name in lesson.exercises if name in record.passed] == []
        assert all(record.attempt(name).tries == 1 for name in lesson.exercises)

    return look


def output_text(notebook: nbformat.NotebookNode) -> str:
    """Return the text of all outputs, as a terminal would show them."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs
    )
