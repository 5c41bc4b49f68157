"""A hint quotes what the learner wrote: the line that the finding is about, wherever it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from lab_helpers.lessons.cells.configurations import start_configuration
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks import checking
from lab_helpers.lessons.checks.checking import check, hint
from lab_helpers.lessons.checks.own_text import own_text, quoted
from lab_helpers.lessons.exercises.solutions import (
    exercise_names,
    lines_to_change,
    solution_cell,
    stub_cell,
)
from tests.unit.lessons.checks.test_checks import change, save

Write = Callable[[str], None]
NO_HISTORY_FILE = Config({"HistoryManager": {"enabled": False}})


@pytest.fixture(scope="module")
def notebook() -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    yield InteractiveShell.instance(config=NO_HISTORY_FILE)
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(notebook: InteractiveShell) -> InteractiveShell:
    """A notebook in which nothing was run."""
    notebook.reset()
    return notebook


@pytest.fixture
def write(work: Path, shell: InteractiveShell) -> Write:
    """Write an exercise's cell where it goes, without running what it calls."""

    def put(cell: str) -> None:
        magic, _, text = cell.partition("\n")
        match magic.split():
            case ["%%go", place]:
                file = work / "filters" / place
                if not file.parent.is_dir():
                    start_filter(file.parent.name)
                file.write_text(f"{text}\n", "utf-8")
            case ["%%envoy", name, part]:
                like = "bare.yaml" if name == "first.yaml" else "envoy.yaml"
                start_configuration(name, like=like)
                file = work / "envoy" / name
                before, _, rest = file.read_text("utf-8").partition(f"# lesson: {part}\n")
                after = rest.partition("# lesson: end")[2]
                mark = f"# lesson: {part}\n{text}\n# lesson: end"
                file.write_text(f"{before}{mark}{after}", "utf-8")
            case _:
                shell.run_cell(cell, store_history=True, silent=False)

    return put


@pytest.mark.parametrize("exercise", exercise_names())
def test_of_each_stub_the_lines_to_be_changed_are_quoted(write: Write, exercise: str) -> None:
    write(stub_cell(exercise))
    text = own_text(exercise)
    assert text is not None
    assert text.changed == ()
    quote = quoted(text, "wanted: anything")
    assert quote[0].endswith(("nothing is changed yet", "is as the lesson gives it"))
    lines = [line.strip() for line in quote[1].splitlines()]
    assert lines == [line.strip() for line in lines_to_change(exercise)]


@pytest.mark.parametrize("exercise", exercise_names())
def test_of_each_solution_a_line_of_the_learners_is_quoted(write: Write, exercise: str) -> None:
    write(solution_cell(exercise))
    text = own_text(exercise)
    assert text is not None
    quote = quoted(text, "wanted: anything")
    stub = set(map(str.strip, stub_cell(exercise).splitlines()))
    lines = [line.strip() for line in quote[1].splitlines()]
    assert not stub & set(lines)
    assert set(lines) <= set(map(str.strip, solution_cell(exercise).splitlines()))


@pytest.mark.parametrize(
    ("exercise", "old", "new", "finding", "told"),
    [
        (
            "02-greeting",
            '"x-lesson"',
            '"lesson"',
            "The response carries `lesson`.",
            (
                "In `mine/response.go`, line 8, you wrote",
                'proxywasm.ReplaceHttpResponseHeader("lesson", "02")',
            ),
        ),
        (
            "03-mend",
            "ActionContinue",
            "ActionContinu",
            "response.go:9:15: undefined: types.ActionContinu",
            ("In `broken/response.go`, line 9", "return types.ActionContinu"),
        ),
        (
            "02-tick",
            "plugin.ticks++",
            "ticks := 1",
            "tick.go:6:2: declared and not used: ticks",
            ("In `mine/tick.go`, line 6", "ticks := 1"),
        ),
        (
            "02-token",
            'reply[":status"] == "200" && ',
            "",
            "The status did not decide: ask whether it is `200`.",
            ("In `mine/reply.go`, line 11, you wrote", 'if reply["authorization"] != "" {'),
        ),
        (
            "01-route",
            "/health",
            "health",
            "No route has `path: /health`.",
            ("In `first.yaml routes`, line", "- match: {path: health}"),
        ),
        (
            "04-mend",
            "connect_timeout",
            "timeout",
            "no such field: 'timeout'",
            ("In `mine.yaml cluster`, line", "timeout: 1s"),
        ),
        ("05-workers", "5", "6", "With 6 workers it counts 7.", ("Your cell has", "workers = 6")),
        (
            "01-counter",
            "upstream_rq_total",
            "rq",
            "There is no 'cluster.my_custom_svc.rq'.",
            ("Your cell has", 'counter = "cluster.my_custom_svc.rq"'),
        ),
    ],
)
def test_the_line_that_the_finding_is_about_is_quoted(
    write: Write, exercise: str, old: str, new: str, finding: str, told: tuple[str, str]
) -> None:
    write(solution_cell(exercise).replace(old, new))
    text = own_text(exercise)
    assert text is not None
    quote = quoted(text, finding)
    assert quote[0].startswith(told[0])
    assert told[1] in quote[1]
    assert len(quote[1].splitlines()) <= 3


def test_what_was_taken_out_is_quoted_where_nothing_was_put_there(write: Write) -> None:
    gone = '\tproxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "hello from wasm")\n'
    write(stub_cell("02-greeting").replace(gone, "\t}\n"))
    text = own_text("02-greeting")
    assert text is not None
    assert quoted(text, "Leave the line that was there as it is.") == (
        "In `mine/response.go` this is no longer there",
        gone.strip(),
    )


@pytest.mark.parametrize(
    ("exercise", "old", "new", "finding", "told"),
    [
        (
            "04-mend",
            "type: STATIC",
            "type: STATICC",
            "Envoy refuses it.",
            ("In `mine.yaml cluster`, line", "type: STATICC"),
        ),
        (
            "04-mend",
            "  type: STATIC\n",
            "",
            "Envoy refuses it.",
            ("In `mine.yaml cluster` this is no longer there", "type: STATIC"),
        ),
        (
            "04-mend",
            "cluster_name",
            "cluster_name",
            "It is wrong in line 5 of the cell `%%envoy mine.yaml cluster`: `load_assignment:`",
            ("In `mine.yaml cluster`, line", "load_assignment:"),
        ),
        ("04-mend", "cluster_name", "cluster_name", "The route is wrong.", ("", "")),
        (
            "03-mend",
            '"x-wasm-filter", greeting',
            '"x-wasm-filter", "hello from wasm"',
            "It carries `hello from wasm`.",
            (
                "In `broken/response.go` this is still as the lesson gives it",
                'proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", "hello from wasm")',
            ),
        ),
    ],
)
def test_a_right_line_is_not_quoted_as_the_wrong_one(
    write: Write, exercise: str, old: str, new: str, finding: str, told: tuple[str, str]
) -> None:
    assert old in solution_cell(exercise)
    write(solution_cell(exercise).replace(old, new))
    text = own_text(exercise)
    assert text is not None
    said, quote = quoted(text, finding)
    assert said.startswith(told[0])
    assert quote.strip() == told[1]


@pytest.mark.parametrize(
    ("exercise", "old"),
    [
        ("02-auth", '\tproxywasm.ReplaceHttpResponseHeader("x-auth", ctx.plugin.token)\n'),
        ("03-mend", '\tgreeting := "mended"\n'),
        ("04-mend", "  conect_timeout: 1s\n"),
    ],
)
def test_what_only_lacks_a_line_is_not_unchanged(write: Write, exercise: str, old: str) -> None:
    assert old in stub_cell(exercise)
    write(stub_cell(exercise).replace(old, ""))
    text = own_text(exercise)
    assert text is not None
    assert "nothing is changed yet" not in quoted(text, "wanted: anything")[0]


def test_the_last_cell_that_gave_the_answer_counts(write: Write) -> None:
    for cell in ("workers = 2", "workers = 3", "other = 4", "workers == 5"):
        write(cell)
    text = own_text("05-workers")
    assert text is not None
    assert quoted(text, "") == ("Your cell has", "workers = 3")


@pytest.mark.parametrize("exercise", ["02-tick", "01-route", "05-workers"])
def test_where_nothing_was_written_nothing_is_quoted(
    work: Path, shell: InteractiveShell, exercise: str
) -> None:
    assert own_text(exercise) is None


def test_a_token_in_a_learners_line_is_not_whole(write: Write) -> None:
    token = f"eyJ{'a' * 40}.eyJ{'b' * 40}.{'c' * 40}"
    write(f'workers = "{token}"')
    text = own_text("05-workers")
    assert text is not None
    quote = quoted(text, "")
    assert token not in quote[1]


def test_a_hint_has_the_finding_the_line_and_then_its_ladder(work: Path) -> None:
    start_filter("mine")
    folder = work / "filters" / "mine"
    save(folder, solution_cell("02-greeting"))
    change(folder / "response.go", '"02"', '"2"')
    assert not check("02-greeting").passed
    assert hint("02-greeting").text.splitlines() == [
        "✗ wanted: its value is `02`",
        "It is `2`.",
        "· In `mine/response.go`, line 8, you wrote:",
        'proxywasm.ReplaceHttpResponseHeader("x-lesson", "2")',
        "1. Copy the line above the comment: one call is one header.",
        "→ Run it again for more.",
    ]


@pytest.mark.parametrize(
    ("exercise", "line", "left"),
    [
        ("04-mend", "connect_timeout: 1s", "two n"),
        ("03-mend", "return types.ActionContinue", "a letter of a name"),
        (
            "03-mend",
            'proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", greeting)',
            "nobody uses a variable",
        ),
    ],
)
def test_a_hint_for_what_is_right_already_is_left_out(
    write: Write, monkeypatch: pytest.MonkeyPatch, exercise: str, line: str, left: str
) -> None:
    monkeypatch.setattr(checking, "_is_stale", lambda _exercise: True)
    assert line in solution_cell(exercise)
    write(stub_cell(exercise))
    notes = [hint(exercise).text for _ in range(4)]
    assert left in notes[-1]
    write(solution_cell(exercise).replace(line, f"{line}x"))
    assert left in hint(exercise).text
    write(solution_cell(exercise))
    assert left not in hint(exercise).text


def test_each_hint_that_is_settled_is_a_hint_and_its_line_a_solutions() -> None:
    for name, exercise in checking.all_exercises().items():
        stub, solution = stub_cell(name).split("\n"), solution_cell(name).split("\n")
        assert set(exercise.settled) <= set(exercise.hints)
        assert set(exercise.settled.values()) <= {line.strip() for line in solution}
        assert not set(exercise.settled.values()) & {line.strip() for line in stub}
