"""Lessons in a real JupyterLab, as a person goes through them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from book.execution import read_notebook
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises.shelf import exercise_of
from lab_helpers.lessons.exercises.solutions import solution_cell
from tests.browser.conftest import JupyterServer, OpenNotebook

NOTEBOOKS = repository_folder() / "notebooks"

Open = Callable[[str], OpenNotebook]


class LessonPage:
    """A lesson's cells, found by what stands in them.

    JupyterLab makes only the cells near the view; going to one by its number makes that one.
    """

    def __init__(self, notebook: OpenNotebook) -> None:
        self.notebook = notebook
        self.page = notebook.page

    def cell(self, text: str) -> Locator:
        """Go to the first code cell that holds the text."""
        number = self.page.evaluate(
            """([text]) => {
                const panel = window.jupyterapp.shell.currentWidget;
                const cells = panel.content.model.sharedModel.cells;
                const at = cells.findIndex(
                    (cell) => cell.cell_type === 'code' && cell.getSource().includes(text));
                if (at >= 0) panel.content.activeCellIndex = at;
                return at;
            }""",
            [text],
        )
        assert number >= 0, f"no cell holds {text!r}"
        self.page.evaluate(
            """async ([at]) => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.content.scrollToItem(at, 'center');
            }""",
            [number],
        )
        cell = self.page.locator(f'.jp-Cell[data-windowed-list-index="{number}"]')
        expect(cell).to_be_visible()
        return cell

    def write(self, text: str, source: str) -> None:
        """Replace a cell's text as a person does, by the keyboard, and run it."""
        cell = self.cell(text)
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self.run(cell)

    def run(self, cell: Locator) -> None:
        """Run a cell by Shift+Enter, and wait until it is done."""
        cell.locator(".cm-content").click()
        self.notebook.run_active_cell()


@pytest.fixture
def lesson(jupyter: JupyterServer, open_notebook: Open) -> Callable[[str], LessonPage]:
    return lambda name: LessonPage(open_notebook(jupyter.copy(NOTEBOOKS / f"{name}.ipynb")))


def shoot(page: Page, artifacts: Path, name: str) -> None:
    page.screenshot(path=artifacts / f"{name}.png")


def test_lesson_00_from_the_top(lesson: Callable[[str], LessonPage], artifacts: Path) -> None:
    start = lesson("00_start_here")
    shoot(start.page, artifacts, "lesson-00-top")
    start.notebook.run_all()
    for text, seen, name in (
        ("check_machine()", "The lab can run.", "machine"),
        ("compile_filter(", "token.wasm", "compile"),
        ("Lanes(envoy)", "worker_1", "lanes"),
        ("Headers(envoy)", "carry an x-auth whose signature is valid", "headers"),
    ):
        cell = start.cell(text)
        expect(cell.locator(".jp-OutputArea")).to_contain_text(seen)
        shoot(start.page, artifacts, f"lesson-00-{name}")


def test_lesson_02_a_mistake_then_the_solution(
    lesson: Callable[[str], LessonPage], artifacts: Path
) -> None:
    write = lesson("02_write_the_filter")
    write.notebook.run_all()
    shoot(write.page, artifacts, "lesson-02-end")
    for text, name in (
        ('diagram("request")', "request"),
        ("show_go(f", "go"),
        ("run = emu", "run"),
    ):
        write.cell(text)
        shoot(write.page, artifacts, f"lesson-02-{name}")

    check = 'check("02-greeting")\n'
    stub = write.cell("// Your line goes here.").locator(".jp-OutputArea")
    expect(stub).to_contain_text("wanted: a response carries x-lesson")
    # The check that is asked for below does not say it all again.
    expect(write.cell(check).locator(".jp-OutputArea")).to_contain_text("Not yet, as it says")
    shoot(write.page, artifacts, "lesson-02-stub")

    place, solution = "// Your line goes here.", solution_cell("02-greeting")
    write.write(place, solution.replace("types.ActionContinue", "types.ActionContinu"))
    cell = write.cell("types.ActionContinu\n")
    expect(cell.locator(".jp-OutputArea")).to_contain_text("undefined: types.ActionContinu")
    shoot(write.page, artifacts, "lesson-02-mistake")

    write.write("types.ActionContinu\n", solution)
    write.write('"x-lesson", "02"', solution)
    shown = write.cell('"x-lesson", "02"').locator(".jp-OutputArea")
    expect(shown).to_contain_text("the filter compiles")
    expect(shown).to_contain_text("Exercise 02-greeting is done.")
    # Somebody saves the file in an editor.
    file = write.notebook.server.work / "filters" / "mine" / "response.go"
    file.write_text(file.read_text("utf-8").replace('"02"', '"2"'), "utf-8")
    expect(shown).to_contain_text("mine/response.go was saved outside this cell", timeout=60_000)
    expect(shown).to_contain_text("It is 2.")
    shoot(write.page, artifacts, "lesson-02-saved")
    write.write('"x-lesson", "02"', solution)
    write.run(write.cell(check))
    expect(write.cell(check).locator(".jp-OutputArea")).to_contain_text(
        "Exercise 02-greeting is done."
    )
    shoot(write.page, artifacts, "lesson-02-done")


def test_lesson_05_a_guess_then_what_happens(
    lesson: Callable[[str], LessonPage], artifacts: Path
) -> None:
    watch = lesson("05_watch_every_worker_tick")
    watch.notebook.run_all()
    for text, seen, name in (
        ('diagram("token")', "GET /auth", "token"),
        ("lanes = Lanes(envoy)", "worker_2", "lanes"),
        ('compare("05-calls"', "It is 4.", "calls"),
        ('diagram("threads"', "worker_2", "threads"),
        ("show_threads(envoy)", "4 threads: 3 workers and the main thread", "table"),
        ('check("05-workers"', "an answer in place of ...", "stub"),
        ("dashboard = Dashboard(envoy)", "The same in words", "dashboard"),
    ):
        cell = watch.cell(text)
        expect(cell.locator(".jp-OutputArea").first).to_contain_text(seen)
        shoot(watch.page, artifacts, f"lesson-05-{name}")

    # A person guesses wrong, starts anew, and is told what it is.
    watch.write('predict("05-calls", ...)', 'predict("05-calls", 1)')
    watch.run(watch.cell("envoy.start()\n"))
    watch.run(watch.cell("lanes = Lanes(envoy)"))
    watch.run(watch.cell('compare("05-calls"'))
    expect(watch.cell('compare("05-calls"').locator(".jp-OutputArea")).to_contain_text(
        "You guessed 1; it is 4."
    )
    watch.write("workers = ...", solution_cell("05-workers"))
    watch.run(watch.cell('check("05-workers"'))
    expect(watch.cell('check("05-workers"').locator(".jp-OutputArea")).to_contain_text(
        "Exercise 05-workers is done."
    )
    shoot(watch.page, artifacts, "lesson-05-done")
    watch.run(watch.cell("dashboard.stop()"))


@pytest.mark.timeout(400)  # it compiles twice, and each exercise is checked
def test_lesson_06_by_the_keyboard_alone(
    lesson: Callable[[str], LessonPage], artifacts: Path
) -> None:
    guard = lesson("06_guard_the_door")
    page, keys = guard.page, guard.page.keyboard
    # A person comes here by Tab, past JupyterLab's own menus.
    page.locator(".jp-Notebook:visible").focus()
    door = 'check("06-door")'
    for cell in read_notebook(NOTEBOOKS / "06_guard_the_door.ipynb").cells:
        exercise = exercise_of(cell)
        if exercise == "06-door":  # first as it stands: nobody ends the pause
            guard.notebook.run_active_cell()
            guard.notebook.run_active_cell()
            stub = output(guard, "// Your line goes here.")
            expect(stub).to_contain_text("It still waits: ActionPause holds it")
            expect(output(guard, door)).to_contain_text("Not yet, as it says")
            shoot(page, artifacts, "lesson-06-waits")
            keys.press("ArrowUp")
            keys.press("ArrowUp")
        if exercise:
            keys.press("Enter")
            keys.press("ControlOrMeta+a")
            keys.insert_text(solution_cell(exercise))
        guard.notebook.run_active_cell()
        if "lanes = Lanes(envoy)" in cell.source:
            view = page.locator(".lab-lanes:visible")
            expect(view).to_contain_text("Callouts that requests sent: worker_0 ")
            view.scroll_into_view_if_needed()
            shoot(page, artifacts, "lesson-06-live")
    for text, seen, name in (
        (door, "Exercise 06-door is done.", "door"),
        ('check("06-count")', "guard.orders.refused: 2", "count"),
        ('check("06-resume")', "Exercise 06-resume is done.", "resume"),
        ('compare("06-cut"', "Welcome from the upstream. You asked for", "cut"),
        ('check("06-length")', "Exercise 06-length is done.", "length"),
        ('check("06-whole")', "Exercise 06-whole is done.", "whole"),
        ("envoy.follow(", "OnHttpResponseBody 49 bytes, the end", "journey"),
        ("lanes = Lanes(envoy)", "Callouts that requests sent: worker_0 ", "lanes"),
        # Other tests of this server have done some of other lessons.
        ("progress()", "✓ count✓ resume✓ length✓ whole", "end"),
    ):
        expect(output(guard, text)).to_contain_text(seen)
        shoot(page, artifacts, f"lesson-06-{name}")
    found = Axe().run(page, context=".jp-OutputArea-output")
    assert found.violations_count == 0, found.generate_report()


def output(lesson: LessonPage, text: str) -> Locator:
    """Go to the first code cell that holds the text, and return what it shows."""
    return lesson.cell(text).locator(".jp-OutputArea").first
