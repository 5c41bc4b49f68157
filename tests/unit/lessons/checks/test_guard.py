"""Lesson 06's checks against answers that are nearly right: each says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from book.execution import read_notebook
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks.checking import check
from lab_helpers.lessons.exercises.shelf import exercise_of
from lab_helpers.lessons.exercises.solutions import solution_cell
from tests.unit.lessons.checks.test_checks import change, save

LESSON = repository_folder() / "notebooks" / "06_guard_the_door.ipynb"
SEND = 'proxywasm.SendHttpResponse(403, nil, []byte("This door needs a key."), -1)'
COUNT = 'counter("guard." + string(route) + ".refused").Increment(1)'
OLD = 'counter("guard.refused").Increment(1)'
RESUME = "proxywasm.ResumeHttpRequest()"
REFUSE = 'ctx.refuse(503, "The service said no.")'
EITHER = f"if yes {{\n\t\t{RESUME}\n\t}} else {{\n\t\t{REFUSE}\n\t}}"
RESUMED_TOO = "wanted: a refused request does not go on as well"
REMOVE = 'proxywasm.RemoveHttpResponseHeader("content-length")'
WAIT = "if !endOfStream {\n\t\treturn types.ActionPause\n\t}"


def guard(work: Path, until: str) -> Path:
    """Make the learner's filter as it is at an exercise, with the solutions up to that one."""
    start_filter("guard")
    folder = work / "filters" / "guard"
    for cell in read_notebook(LESSON).cells:
        exercise = exercise_of(cell)
        if cell.source.startswith("%%go guard/"):
            save(folder, solution_cell(exercise) if exercise else cell.source)
        if exercise == until:
            return folder
    raise AssertionError(until)


def put(folder: Path, file: str) -> None:
    """Write a file as the lesson gives it first."""
    cells = (cell.source for cell in read_notebook(LESSON).cells)
    save(folder, next(source for source in cells if source.startswith(f"%%go guard/{file}\n")))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (SEND, "", "It still waits: ActionPause holds it"),
        (SEND, SEND.replace("403", "401"), "It is 401."),
        (f"{SEND}\n\treturn types.ActionPause", "return types.ActionContinue", "It went on to the"),
        ('== "open-sesame"', '!= ""', "wanted: a wrong key is refused as well"),
        ("return types.ActionPause", "return types.ActionContinue", "is done"),
    ],
)
def test_a_door(work: Path, old: str, new: str, told: str) -> None:
    folder = guard(work, "06-door")
    change(folder / "request.go", old, new)
    result = check("06-door")
    assert told in result.note.text
    assert result.passed == (told == "is done")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("refuse.go", COUNT, 'counter("guard.refused").Increment(1)', "There is: `guard.refused`."),
        ("refuse.go", "Increment(1)", "Increment(2)", "It is at 4: one refused request adds 1"),
        ("refuse.go", 'refused")', 'Refused")', "There is: `guard.orders.Refused`"),
        ("refuse.go", COUNT, f"{COUNT}\n\t{OLD}", "counted by `guard.refused` as well"),
        ("refuse.go", COUNT, f"{COUNT}\n\t{OLD.replace('refused', 'all')}", "by `guard.all` as"),
        # A counter of what passes, and one that is made and never counts, are no second count.
        (
            "request.go",
            "return types.ActionContinue",
            'counter("guard.passed").Increment(1)\n\t\treturn types.ActionContinue',
            "is done",
        ),
        ("refuse.go", COUNT, f'{COUNT}\n\tcounter("guard.later")', "is done"),
        (
            "request.go",
            'ctx.refuse(403, "This door needs a key.")',
            "types.ActionPause",
            "still waits",
        ),
    ],
)
def test_a_count(work: Path, file: str, old: str, new: str, told: str) -> None:
    folder = guard(work, "06-count")
    source = solution_cell("06-door").replace(SEND, "").replace("return types.ActionPause", "")
    save(
        folder,
        source.rstrip().rstrip("}") + '\treturn ctx.refuse(403, "This door needs a key.")\n}',
    )
    change(folder / file, old, new)
    result = check("06-count")
    assert told in result.note.text
    assert result.passed == (told == "is done")


def test_a_count_that_is_not_called_is_told_which_cell_to_run(work: Path) -> None:
    guard(work, "06-count")  # request.go is still that of the door
    assert "Run the cell that writes `guard/request.go`" in check("06-count").note.text


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("reply.go", RESUME, "", "wanted: a reply with status 200 lets it go on"),
        ("reply.go", REFUSE, "", "wanted: a reply with status 503 refuses it"),
        # The other side's call: the emulator lets it go on by that, and Envoy ends.
        ("reply.go", RESUME, RESUME.replace("Request", "Response"), "this ends the whole Envoy"),
        ("reply.go", REFUSE, RESUME, "It went on to the upstream."),
        (
            "request.go",
            "ctx.ask()",
            "types.ActionContinue",
            "Run the cells that write `guard/ask.go`",
        ),
        ("ask.go", "ActionPause", "ActionContinue", "It went on to the upstream."),
        # The forgotten return, in three shapes.
        ("reply.go", EITHER, f"if !yes {{\n\t\t{REFUSE}\n\t}}\n\t{RESUME}", RESUMED_TOO),
        ("reply.go", EITHER, f"{RESUME}\n\tif !yes {{\n\t\t{REFUSE}\n\t}}", RESUMED_TOO),
        ("reply.go", REFUSE, f"{REFUSE}\n\t\t{RESUME}", RESUMED_TOO),
    ],
)
def test_a_reply(work: Path, file: str, old: str, new: str, told: str) -> None:
    folder = guard(work, "06-resume")
    change(folder / file, old, new)
    result = check("06-resume")
    assert not result.passed
    assert told in result.note.text


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("response.go", REMOVE, "", "`content-length` says 9, and the body has 11 bytes. Take"),
        ("response.go", REMOVE, REMOVE.replace("Response", "Request"), "is for the request"),
        (
            "response.go",
            REMOVE,
            'proxywasm.ReplaceHttpResponseHeader("content-length", "11")',
            "`content-length` says 11, and the body has 23 bytes",
        ),
        (
            "body.go",
            "proxywasm.Replace",
            "proxywasm.Append",
            "Run the cell that writes `guard/body.go`",
        ),
        ("response.go", "ActionContinue", "ActionPause", "held back by ActionPause"),
    ],
)
def test_a_length(work: Path, file: str, old: str, new: str, told: str) -> None:
    folder = guard(work, "06-length")
    change(folder / file, old, new)
    result = check("06-length")
    assert not result.passed
    assert told in result.note.text


def test_a_length_that_is_taken_out_too_late_is_told_where(work: Path) -> None:
    folder = guard(work, "06-length")
    change(folder / "response.go", REMOVE, "")
    change(folder / "body.go", "\tbody, _", f"\t{REMOVE}\n\tbody, _")
    assert "the headers have gone on: take it out in `response.go`" in check("06-length").note.text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (WAIT, "", "`Hel | lo you` becomes `Welcome you`"),
        ("!endOfStream", "endOfStream", "It is held back, and what was gathered with it"),
        ("(0, bodySize)", "(0, 5)", "It became `Welcome`"),
        (
            "body, _ :=",
            "proxywasm.ResumeHttpResponse()\n\tbody, _ :=",
            "return types.ActionContinue instead",
        ),
    ],
)
def test_a_whole_body(work: Path, old: str, new: str, told: str) -> None:
    folder = guard(work, "06-whole")
    change(folder / "body.go", old, new)
    result = check("06-whole")
    assert not result.passed
    assert told in result.note.text


def test_what_was_done_first_still_passes_at_the_end(work: Path) -> None:
    guard(work, "06-whole")
    for name in ("06-door", "06-count", "06-resume"):
        assert check(name).passed, name
