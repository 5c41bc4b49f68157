"""Lines to put in order: handed out so that they fail, and judged as the exercise's cell is."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks.checking import hint
from lab_helpers.lessons.exercises.journal import read_record
from lab_helpers.lessons.exercises.solutions import exercise_names, solution_cell
from lab_helpers.lessons.ordering.lines import lines_of
from lab_helpers.lessons.ordering.ordering import put_in_order

NAME = "02-greeting"
OF_GO = [name for name in exercise_names() if solution_cell(name).startswith("%%go ")]


@pytest.mark.parametrize("name", OF_GO)
def test_the_lines_are_the_solutions_in_an_order_that_is_not(name: str) -> None:
    lines = lines_of(name)
    assert sorted(lines.mixed) == sorted(lines.solved)
    assert lines.mixed != lines.solved
    assert lines_of(name) == lines  # the same for everybody, each time
    head, _, source = solution_cell(name).partition("\n")
    assert head == f"%%go {lines.place}"
    without_empty = [line for line in source.splitlines() if line.strip()]
    made = lines.source(lines.solved).splitlines()
    assert [line for line in made if line.strip()] == without_empty


@pytest.mark.parametrize("name", ["01-route", "05-workers", "02-none"])
def test_what_has_no_lines_of_go_is_said(name: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        put_in_order(name)
    assert NAME in str(caught.value)


@pytest.fixture
def file(work: Path) -> Path:
    start_filter("mine")
    return work / "filters" / "mine" / "response.go"


def test_what_is_tried_is_saved_compiled_and_judged_by_the_exercises_check(file: Path) -> None:
    order = put_in_order(NAME)
    result = order.try_it()
    assert result is not None
    assert not result.passed
    assert "✗" in order.result
    assert "Exercise 02-greeting" not in order.result

    order.lines = [*lines_of(NAME).solved]
    result = order.try_it()
    assert result is not None
    assert result.passed
    assert file.read_text("utf-8") == lines_of(NAME).source(order.lines)
    assert "the filter compiles" in order.result
    assert "Exercise 02-greeting is done." in order.result
    assert NAME in read_record().passed


def test_what_somebody_wrote_there_is_kept_before_the_first_try(file: Path) -> None:
    order = put_in_order(NAME)
    order.try_it()
    assert not list(file.parent.glob("*.before-*"))  # the filter's first text is no work of theirs
    order.lines = [*lines_of(NAME).solved]
    order.try_it()
    mine = file.read_text("utf-8").replace("return", "// mine\n\treturn")
    file.write_text(mine, "utf-8")
    order.lines = [*lines_of(NAME).mixed]
    order.try_it()
    (kept,) = file.parent.glob("*.before-*")
    assert kept.read_text("utf-8") == mine
    assert kept.name in order.result
    again = put_in_order(NAME)  # as after a kernel's restart
    file.write_text(mine, "utf-8")
    again.try_it()
    assert [path.name for path in file.parent.glob("*.before-*")] == [kept.name]


def test_what_is_advised_of_a_line_in_no_function_can_be_done_here(file: Path) -> None:
    order = put_in_order(NAME)
    first, one, other, back, end = lines_of(NAME).solved
    for lines in (order.lines, [end, first, one, other, back], [one, first, other, back, end]):
        order.lines = lines
        order.try_it()
        assert "line, <code>func … {</code>, above this one" in order.result
        assert "take a }" not in order.result
    order.lines = [first, one, end, other, back]
    order.try_it()
    assert "a } above this line ends the function too early: move it below" in order.result


def test_a_right_answer_in_another_order_is_right(file: Path) -> None:
    order = put_in_order(NAME)
    first, one, other, *rest = lines_of(NAME).solved
    order.lines = [first, other, one, *rest]
    result = order.try_it()
    assert result is not None
    assert result.passed


def test_a_line_below_the_return_fails_as_it_would_in_the_cell(file: Path) -> None:
    order = put_in_order(NAME)
    first, one, other, back, end = lines_of(NAME).solved
    order.lines = [first, one, back, other, end]
    result = order.try_it()
    assert result is not None
    assert not result.passed
    assert order.result.count("missing return") == 1  # marked in the code, and not said once more
    assert "response.go:10:1: missing return" in hint(NAME).text


def test_where_the_filter_is_not_there_yet_that_is_said(work: Path) -> None:
    order = put_in_order(NAME)
    assert order.try_it() is None
    assert "start_filter(&quot;mine&quot;)" in order.result


def test_where_it_cannot_live_the_lines_are_there_in_words() -> None:
    data, _ = put_in_order(NAME)._repr_mimebundle_()
    for line in lines_of(NAME).solved:
        assert line in data["text/plain"]
    assert data["text/html"].count("<li>") == 5
    assert "application/vnd.jupyter.widget-view+json" in data
