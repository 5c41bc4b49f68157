"""A check comes by itself: as an exercise's cell is run, and as its file is saved in an editor."""

from __future__ import annotations

import contextlib
import dataclasses
import queue
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle
from IPython.utils.capture import capture_output
from traitlets.config import Config

from book.execution import read_notebook
from lab_helpers.lessons.cells import configurations, go_cells, saved
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks import by_itself, checking
from lab_helpers.lessons.checks.checking import check, hint
from lab_helpers.lessons.exercises.journal import (
    Attempt,
    read_record,
    update_record,
)
from lab_helpers.lessons.exercises.lesson_cells import exercise_like, exercise_tagged
from lab_helpers.lessons.exercises.shelf import exercise_of, lessons
from lab_helpers.lessons.exercises.solutions import exercise_names, solution_cell, stub_cell
from tests.unit.lessons.checks.test_checks import change

STUB, SOLUTION = stub_cell("02-greeting"), solution_cell("02-greeting")
COMES_S = 60

Run = Callable[[str], str]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> queue.Queue[str]:
    """What takes the place of what stands below a cell."""
    said: queue.Queue[str] = queue.Queue()

    def update(_handle: DisplayHandle, shown: object) -> None:
        said.put(getattr(shown, "note", shown).text)  # type: ignore[attr-defined]

    monkeypatch.setattr(DisplayHandle, "update", update)
    return said


@pytest.fixture
def run(work: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a cell in a notebook that the lab has taught its magics; return what it shows."""
    monkeypatch.setattr(checking, "_SHOWN", {})
    monkeypatch.setattr(saved, "_listeners", {})  # of other tests, and theirs of this one
    start_filter("mine")
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    go_cells.register(shell)
    configurations.register(shell)
    looking = by_itself.register(shell)

    def run_cell(cell: str) -> str:
        with capture_output() as shown:
            shell.run_cell(cell).raise_error()
        texts = (output.data["text/plain"] for output in shown.outputs)
        return "\n".join(texts)

    yield run_cell
    looking.stop()
    InteractiveShell.clear_instance()


def test_running_an_exercises_cell_runs_its_check(run: Run) -> None:
    said = run(STUB)
    assert "the filter compiles" in said
    assert "Checked as the cell was run:" in said
    assert "✗ wanted: a response carries `x-lesson`" in said
    assert "and the check comes again" in said
    assert "Exercise 02-greeting is done." in run(SOLUTION)
    assert "02-greeting" in read_record().passed


def test_that_check_and_the_one_that_is_asked_for_are_one_try(run: Run) -> None:
    run(STUB)
    check("02-greeting")
    assert read_record().attempt("02-greeting").tries == 1
    run(SOLUTION)
    assert read_record().attempt("02-greeting").tries == 2


def test_what_does_not_compile_is_said_once_and_a_hint_knows_it(run: Run) -> None:
    said = run(SOLUTION.replace("types.ActionContinue\n", "types.ActionContinu\n"))
    assert said.count("undefined: types.ActionContinu") == 1
    assert "The check comes by itself, once it is mended." in said
    hinted = hint("02-greeting").text
    assert "undefined: types.ActionContinu" in hinted
    assert "line 9:\nreturn types.ActionContinu\n" in hinted


def test_however_the_file_is_named_its_exercise_is_checked(run: Run, work: Path) -> None:
    _, _, source = STUB.partition("\n")
    for named in (f"{work}/filters/mine/response.go", "  mine/response.go "):
        assert "✗ wanted: a response carries `x-lesson`" in run(f"%%go {named}\n{source}")


def test_a_cell_that_is_no_exercise_is_not_checked(run: Run) -> None:
    own = "package main\n\nfunc twice(number int) int {\n\treturn 2 * number\n}\n"
    for head in ("%%go mine/response.go", "%%go mine/twice.go"):
        assert "Checked" not in run(f"{head}\n{own}")


def measured(exercise: str, seconds: float) -> None:
    update_record(
        lambda record: dataclasses.replace(
            record, exercises={exercise: Attempt(1, seconds=seconds)}
        )
    )


@pytest.mark.parametrize("seconds", [0.1, 100.0])
def test_whether_a_check_comes_goes_by_its_kind_and_not_by_the_clock(
    run: Run, seconds: float
) -> None:
    """On a slow machine it came once, and then no more; on a fast one it came where it must not."""
    measured("02-greeting", seconds)
    assert "Exercise 02-greeting is done." in run(SOLUTION)
    measured("02-token", seconds)
    said = run(solution_cell("02-token"))
    # Less than a second was a check that ended early.
    told = f" It took {seconds:.0f} s the last time." if seconds > 1 else "\n"
    assert f'→ This is checked when you ask: run `check("02-token")`.{told}' in f"{said}\n"
    assert "02-token" not in read_record().passed


def test_what_stands_above_is_not_said_again_until_somebody_asks_twice(run: Run) -> None:
    wanted = "wanted: a response carries `x-lesson`"
    assert wanted in run(STUB)
    first, again = check("02-greeting").note.text, check("02-greeting").note.text
    assert first.startswith("✗ Not yet, as it says below the exercise's cell.")
    assert wanted not in first
    assert wanted in again
    assert "Why so: " in run(SOLUTION)
    done = check("02-greeting").note.text
    assert "Exercise 02-greeting is done." in done
    assert "Why so: " not in done


def test_what_has_changed_since_is_said_whole(run: Run, work: Path) -> None:
    run(STUB)
    file, solution = work / "filters" / "mine" / "response.go", work / "solution.go"
    solution.write_text(SOLUTION.partition("\n")[2], "utf-8")
    # In one cell: while it runs, no file is looked at.
    said = run(
        f"import shutil; shutil.copy({str(solution)!r}, {str(file)!r})\n"
        "from lab_helpers import check; display(check('02-greeting'))"
    )
    assert "Why so: " in said


def test_no_check_comes_by_itself_before_the_prediction_that_it_answers() -> None:
    """Between an exercise's cell and its check, nothing is to be guessed."""
    for lesson in lessons():
        cells = read_notebook(lesson.notebook).cells
        for exercise in lesson.exercises:
            begins = next(at for at, cell in enumerate(cells) if exercise_of(cell) == exercise)
            asked = next(
                at for at, cell in enumerate(cells) if f'check("{exercise}"' in cell.source
            )
            guessed = any("predict(" in cell.source for cell in cells[begins:asked])
            comes = checking.is_quick(checking.all_exercises()[exercise])
            assert not (guessed and comes), exercise


def test_a_hint_looks_at_what_was_changed_since(run: Run, work: Path) -> None:
    run(STUB)
    change(work / "filters" / "mine" / "response.go", "// Your line goes here.", "// Later.")
    assert "line 8, you wrote:\n// Later." in hint("02-greeting").text
    (work / "filters" / "mine" / "response.go").write_text(SOLUTION.partition("\n")[2], "utf-8")
    assert hint("02-greeting").text.startswith("✓ The last check found nothing wrong.")
    assert "02-greeting" in read_record().passed


def test_a_check_that_ends_early_says_nothing_of_the_next_ones_time(run: Run, work: Path) -> None:
    (work / "filters" / "mine" / "response.go").write_text("package main\n", "utf-8")
    measured("02-greeting", 100.0)
    assert not check("02-greeting").passed
    assert read_record().attempt("02-greeting").seconds >= 100.0


def test_a_file_that_is_saved_in_an_editor_is_checked(
    run: Run, told: queue.Queue[str], work: Path
) -> None:
    run(STUB)
    file = work / "filters" / "mine" / "response.go"
    file.write_text(SOLUTION.partition("\n")[2], "utf-8")
    said = told.get(timeout=COMES_S)
    assert said.startswith("· Checked as `mine/response.go` was saved outside this cell:")
    assert "Exercise 02-greeting is done." in said
    # As many an editor does: another file takes its place.
    other = file.with_suffix(".new")
    other.write_text(STUB.partition("\n")[2].replace("Continue", "Continu"), "utf-8")
    other.replace(file)
    assert "undefined: types.ActionContinu" in told.get(timeout=COMES_S)


def test_what_a_cell_saves_is_checked_by_the_cell_alone(
    run: Run, told: queue.Queue[str], work: Path
) -> None:
    run(STUB)
    run(SOLUTION)
    change(work / "filters" / "mine" / "response.go", '"02"', '"2"')
    assert "It is `2`." in told.get(timeout=COMES_S)
    with contextlib.suppress(queue.Empty):
        pytest.fail(told.get(block=False))


@pytest.mark.parametrize("exercise", ["02-callout", "02-token", "02-tick"])
def test_what_does_not_compile_is_to_be_mended_first(run: Run, exercise: str) -> None:
    """Whether its check comes by itself or not."""
    said = run(f"{solution_cell(exercise)}\n\nvar x = y\n")
    assert "undefined: y" in said
    assert said.count("→ Mend that first.") == 1
    assert "This is checked when you ask" not in said


def test_a_filter_that_is_begun_anew_was_saved_by_nobody(
    run: Run, told: queue.Queue[str], work: Path
) -> None:
    run(STUB)
    tries = read_record().attempt("02-greeting").tries
    run('from lab_helpers import start_filter\nstart_filter("mine", anew=True)')
    response = work / "filters" / "mine" / "response.go"
    assert '"02"' not in response.read_text("utf-8")
    change(response, "x-wasm-filter", "x-lessons")  # an editor's save comes as ever
    assert "02-greeting" in told.get(timeout=COMES_S)
    assert read_record().attempt("02-greeting").tries == tries + 1


@pytest.mark.parametrize("name", [n for n in exercise_names() if stub_cell(n).startswith("%%")])
def test_each_exercise_is_known_by_its_stub_and_its_solution(name: str) -> None:
    for cell in (stub_cell(name), solution_cell(name)):
        head, _, text = cell.partition("\n")
        assert exercise_like(head, text) == name
        assert exercise_like(head, text.replace("\t", "  ") + "\n\n// mine\n") == name


@pytest.mark.parametrize(
    ("exercise", "changed", "checked"),
    [
        # Without its line it is the stub of another exercise.
        (
            "02-auth",
            ('proxywasm.ReplaceHttpResponseHeader("x-auth", ctx.plugin.token)', ""),
            "02-auth",
        ),
        ("02-greeting", ('"hello from wasm"', '"hello"'), "02-greeting"),
        # Somebody's own, in an exercise's cell.
        ("02-auth", ("mine/response.go", "mine/own.go"), ""),
    ],
)
def test_a_cell_of_the_notebook_is_the_exercise_of_its_tag(
    run: Run, monkeypatch: pytest.MonkeyPatch, exercise: str, changed: tuple[str, str], checked: str
) -> None:
    notebook = next(lesson.notebook for lesson in lessons() if exercise in lesson.exercises)
    cells = read_notebook(notebook).cells
    running = next(cell["id"] for cell in cells if exercise_of(cell) == exercise)
    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    shell = InteractiveShell.instance()
    monkeypatch.setattr(
        shell, "get_parent", lambda: {"metadata": {"cellId": running}}, raising=False
    )
    source = stub_cell(exercise)
    assert changed[0] in source
    head = source.replace(*changed).partition("\n")[0]
    assert exercise_tagged(head) == checked
    said = run(source.replace(*changed))
    names = set(re.findall(r'hint\("([\w-]+)"\)', said))
    assert names == ({checked} if checked else set())


def test_no_other_cell_of_the_lessons_is_taken_for_an_exercise() -> None:
    others = [
        cell.source
        for lesson in lessons()
        for cell in read_notebook(lesson.notebook).cells
        if re.match("%%(go|envoy) ", cell.source) and not exercise_of(cell)
    ]
    assert others
    for source in others:
        head, _, text = source.partition("\n")
        assert exercise_like(head, text) == ""
