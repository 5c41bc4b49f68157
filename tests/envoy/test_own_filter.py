"""A learner's own filter, as lesson 02 ends with it, where lesson 05 has the lab's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.errors import ConfigurationError
from lab_helpers.figures import describe_lanes
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.workspace import filter_folder, start_filter
from lab_helpers.lessons.checks.lesson_05 import tags
from lab_helpers.lessons.exercises.solutions import solution_cell
from lab_helpers.lessons.shown.envoy_tables import show_threads
from lab_helpers.token_api import fingerprint

LESSON = repository_folder() / "notebooks" / "02_write_the_filter.ipynb"
EXERCISE = "exercise-"


@pytest.fixture
def mine(work: Path) -> Module:
    """The filter that a learner has at the end of lesson 02, all exercises solved."""
    start_filter("mine")
    for cell in nbformat.read(LESSON, as_version=4).cells:
        if not cell.source.startswith("%%go mine/"):
            continue
        solved = [tag for tag in cell.metadata.get("tags", ()) if tag.startswith(EXERCISE)]
        source = solution_cell(solved[0].removeprefix(EXERCISE)) if solved else cell.source
        first, _, go = source.partition("\n")
        # Not by the cell's magic, which compiles after each file.
        (filter_folder("mine").parent / first.split()[1]).write_text(go, encoding="utf-8")
    # By standard Go, which takes a tenth of TinyGo's time; what crosses is the same.
    return compile_filter("mine", compiler="go", reuse=True)


def test_lesson_05_shows_the_filter_of_lesson_02(
    mine: Module, launch: Callable[..., Envoy]
) -> None:
    settings = {"tick_ms": 1000, "vm_header": "x-wasm-vm"}
    envoy = launch(mine, workers=3, settings=settings)
    picture = envoy.wait_until(lambda now: now.calls >= 16 and now.calls_per_period, "16 calls")
    assert picture.tick_ms == 1000
    words = describe_lanes(picture)
    assert "callouts were answered, status not seen" in words
    for thread in picture.threads:
        assert f"{thread.name} {thread.ticks}" in words
        assert thread.ticks >= 3
    envoy.wait_for_tokens()
    answers = envoy.ask_every_worker()
    assert len({dict(answer.headers)["x-auth"] for answer in answers}) == 3
    table = show_threads(envoy)
    rows = {row[0]: dict(zip(table.headings, row, strict=True)) for row in table.rows}
    for answer in answers:
        token = dict(answer.headers)["x-auth"]
        assert rows[answer.worker]["token it holds"] == fingerprint(token)
        assert token not in table.html
    assert rows["main"]["token it holds"] == "not seen"
    assert any("last answer" in note for note in table.notes)
    findings = list(tags({f"worker_{n}": "any" for n in range(3)}, envoy))
    assert any("compile_filter" in str(finding) for finding in findings)


def test_envoy_takes_a_filters_name_or_folder(launch: Callable[..., Envoy], work: Path) -> None:
    """What is named is compiled; and another is brought in by its name while Envoy runs."""
    start_filter("mine")
    envoy = launch("mine", workers=1)
    assert envoy.ask("worker_0").headers["x-wasm-filter"] == "hello from wasm"
    response = (work / "filters" / "mine" / "response.go").read_text("utf-8")
    again = response.replace("hello from wasm", "hello again")
    (work / "filters" / "mine" / "response.go").write_text(again, encoding="utf-8")
    envoy.reload("work/filters/mine")
    assert envoy.ask("worker_0").headers["x-wasm-filter"] == "hello again"
    envoy.reload(work / "filters" / "mine")
    with pytest.raises(ConfigurationError, match="There is no filter 'yours'"):
        envoy.reload("yours")
    assert envoy.running
