"""Lessons as copies, in a real JupyterLab: opened, begun anew under an open page, nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from lab_helpers.folders import repository_folder
from tests.browser.conftest import JupyterServer, OpenNotebook

LESSON = "work/lessons/02_write_the_filter.ipynb"
AUTOSAVE_MS = 120_000  # JupyterLab's own
PATIENCE_MS = 30_000  # beside other tests, a page may take its time
FIRST_CODE = """window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells
    .find((cell) => cell.cell_type === 'code').getSource()"""
PARTS = ("notebooks", "filter", "envoy", "lab_helpers", ".gitignore")

Open = Callable[[str], OpenNotebook]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the lab, so that what git says of it is its own."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in PARTS:
        source = repository_folder() / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "target", ".ipynb_checkpoints")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copyfile(source, folder / name)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "one")
    return folder


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture(scope="module")
def lab(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A server in that checkout, as `make lab` starts it."""
    environment = {"PYTHONPATH": str(checkout), "LAB_WORK": None}
    server = JupyterServer(tmp_path_factory.mktemp("server"), checkout, environment)
    yield server
    server.stop()


@pytest.fixture
def open_lesson(page: Page, lab: JupyterServer) -> Iterator[Open]:
    yield lambda path: OpenNotebook(page, lab, path)
    page.goto("about:blank")
    lab.end_kernels()
    shutil.rmtree(lab.notebooks / "work" / "lessons")


def path_of(page: Page) -> str:
    return str(page.evaluate("() => window.jupyterapp.shell.currentWidget.context.path"))


def wait_for_path(page: Page, path: str) -> None:
    page.wait_for_function(
        "(path) => window.jupyterapp?.shell.currentWidget?.context?.path === path", arg=path
    )


def type_into(notebook: OpenNotebook, text: str) -> None:
    """Change the page as typing does: its first code cell."""
    notebook.page.evaluate(
        """([text]) => {
            const panel = window.jupyterapp.shell.currentWidget;
            const cells = panel.content.model.sharedModel.cells;
            cells.find((cell) => cell.cell_type === 'code').setSource(text);
        }""",
        [text],
    )


def wait_saved(notebook: OpenNotebook) -> None:
    notebook.page.wait_for_function(
        "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
    )


def type_and_save(notebook: OpenNotebook, text: str) -> None:
    """Change the page, and save it as a person does."""
    type_into(notebook, text)
    notebook.command("docmanager:save")
    wait_saved(notebook)


def first_code(file: Path) -> str:
    cells = json.loads(file.read_text("utf-8"))["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def write_first_code(file: Path, text: str) -> None:
    notebook = json.loads(file.read_text("utf-8"))
    next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")["source"] = text
    file.write_text(json.dumps(notebook), encoding="utf-8")


def shown_code(notebook: OpenNotebook) -> str:
    return str(notebook.page.evaluate(f"() => {FIRST_CODE}"))


def all_code(folder: Path) -> set[str]:
    """What the first code cell of each file holds, kept ones as well."""
    return {first_code(file) for file in folder.glob("*02*.ipynb")}


def reset(lab: JupyterServer, lesson: str) -> None:
    """`lab reset` in a terminal."""
    subprocess.run(
        [sys.executable, "-c", "from lab_entry import main; main()", "reset", lesson],
        env={name: value for name, value in os.environ.items() if name != "LAB_WORK"}
        | {"PYTHONPATH": f"{lab.notebooks}:{repository_folder()}"},
        check=True,
        capture_output=True,
        cwd=lab.notebooks,
    )


def test_the_lab_opens_lesson_00_as_a_copy_beside_the_others(
    page: Page, lab: JupyterServer, open_lesson: Open, artifacts: Path
) -> None:
    page.goto(lab.home)
    wait_for_path(page, "work/lessons/00_start_here.ipynb")
    listed = page.locator(".jp-DirListing-itemText")
    expect(listed.first).to_have_text("00_start_here.ipynb", timeout=PATIENCE_MS)
    expect(listed.filter(has_text="glossary.ipynb")).to_be_visible()
    assert "solutions" not in listed.all_inner_texts()
    cut = "elements => elements.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    assert listed.evaluate_all(cut) == []
    page.screenshot(path=artifacts / "copies-list.png")


def test_a_run_lesson_leaves_git_nothing_to_say_and_survives_a_restart(
    lab: JupyterServer, open_lesson: Open
) -> None:
    # By the address of the lab's own lesson, as in the README's links and in old bookmarks.
    lesson = open_lesson("notebooks/02_write_the_filter.ipynb")
    wait_for_path(lesson.page, LESSON)
    lesson.wait_idle()
    lesson.execute("from lab_helpers import start_filter; start_filter('of_git')")
    type_and_save(lesson, "mine = 1")
    assert first_code(lab.notebooks / LESSON) == "mine = 1"
    assert git(lab.notebooks, "status", "--porcelain") == ""

    # What is written while JupyterLab saves is saved next.
    type_into(lesson, "mine = 2")
    lesson.page.evaluate(
        """async () => {
            const { content, context } = window.jupyterapp.shell.currentWidget;
            const write = (_, state) => {
                if (state !== 'started') return;
                context.saveState.disconnect(write);
                setTimeout(() => content.model.sharedModel.cells
                    .find((cell) => cell.cell_type === 'code').setSource('mine = 3'));
            };
            context.saveState.connect(write);
            await context.save();
        }"""
    )
    assert first_code(lab.notebooks / LESSON) == "mine = 2"
    assert lesson.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.model.dirty")

    # A kernel that was started anew runs its Go, and says which cell is to run first.
    lesson.restart_kernel()
    with pytest.raises(AssertionError, match="run the first cell again"):
        lesson.execute("check('02-greeting')")
    lesson.execute("%%go of_git/more.go\npackage main\n")
    more = lab.notebooks / "work" / "filters" / "of_git" / "more.go"
    assert more.read_text("utf-8") == "package main\n"


def test_a_lesson_is_begun_anew_under_an_open_page_and_nothing_is_lost(
    page: Page, lab: JupyterServer, open_lesson: Open, artifacts: Path
) -> None:
    page.clock.install()
    lesson = open_lesson(LESSON)
    file = lab.notebooks / LESSON
    made = first_code(file)
    for button in ("Revert", "Overwrite"):
        saved, unsaved, fresh, later = (
            f"{button} = '{when}'" for when in ("saved", "unsaved", "fresh", "later")
        )
        type_and_save(lesson, saved)

        reset(lab, "02")
        assert first_code(file) == made
        assert all_code(file.parent) >= {made, saved}
        # Somebody works in the fresh one meanwhile, in another browser.
        write_first_code(file, fresh)

        # The page knows nothing of it. It saves by itself, and must not bring the old one back.
        type_into(lesson, unsaved)
        page.clock.fast_forward(AUTOSAVE_MS)
        dialog = page.locator(".jp-Dialog")
        expect(dialog).to_contain_text("has changed on disk", timeout=PATIENCE_MS)
        page.screenshot(path=artifacts / f"copies-{button}.png")
        assert first_code(file) == fresh

        dialog.get_by_role("button", name=button).click()
        expect(dialog).to_have_count(0, timeout=PATIENCE_MS)
        wait_saved(lesson)
        expected = {"Revert": fresh, "Overwrite": unsaved}[button]
        assert shown_code(lesson) == expected
        assert first_code(file) == expected
        assert all_code(file.parent) >= {saved, unsaved, fresh}
        # The page goes on with the copy that was chosen.
        type_and_save(lesson, later)
        assert first_code(file) == later
        assert dialog.count() == 0

    # From a cell of its own page; then the page is loaded anew, as the cell says.
    said = lesson.execute("from lab_helpers import reset_lesson; print(reset_lesson('02').text)")
    assert "File → Reload Notebook from Disk" in said
    type_into(lesson, "last = 1")
    page.evaluate("() => void window.jupyterapp.commands.execute('docmanager:reload')")
    page.locator(".jp-Dialog").get_by_role("button", name="Reload").click()
    page.wait_for_function(f"(made) => {FIRST_CODE} === made", arg=made)
    assert first_code(file) == made
    assert all_code(file.parent) >= {later, "last = 1"}


def test_a_glossarys_link_lands_on_its_word_at_the_first_click_and_closes_unasked(
    lab: JupyterServer, open_lesson: Open, artifacts: Path
) -> None:
    lesson = open_lesson("work/lessons/01_meet_envoy.ipynb")
    page = lesson.page
    page.locator('a[href*="glossary.ipynb"]', has_text="proxy").first.click()
    wait_for_path(page, "work/lessons/glossary.ipynb")
    word = page.locator(".jp-NotebookPanel:visible").get_by_role("heading", name="proxy")
    expect(word).to_be_in_viewport(timeout=PATIENCE_MS)
    page.screenshot(path=artifacts / "copies-glossary.png")
    expect(page.locator(".jp-NotebookPanel:visible h1")).not_to_be_in_viewport()
    # The same of a page with many cells, at a word far down.
    page.evaluate(
        """async () => {
            const path = 'work/lessons/functions.ipynb';
            const panel = await window.jupyterapp.commands.execute('docmanager:open', { path });
            panel.setFragment('#SetTickPeriodMilliSeconds');
        }"""
    )
    word = page.locator(".jp-NotebookPanel:visible").get_by_role(
        "heading", name="SetTickPeriodMilliSeconds"
    )
    expect(word).to_be_in_viewport(timeout=PATIENCE_MS)
    lesson.command("application:close")
    wait_for_path(page, "work/lessons/glossary.ipynb")
    kernels = len(lab.kernels())
    lesson.command("application:close")
    wait_for_path(page, "work/lessons/01_meet_envoy.ipynb")
    assert page.locator(".jp-Dialog").count() == 0
    assert kernels == 1  # a page to read needs none
    # To the lab's own files as well the copy's links lead.
    lesson.command("docmanager:open", {"path": "work/lessons/functions.ipynb"})
    wait_for_path(page, "work/lessons/functions.ipynb")
    link = page.locator('.jp-NotebookPanel:visible a[href*="filter/"]').first
    link.scroll_into_view_if_needed()
    link.click()
    page.wait_for_function(
        "() => window.jupyterapp.shell.currentWidget.context?.path.startsWith('filter/')"
    )


def test_where_the_work_folder_lies_elsewhere_the_lesson_is_the_same(
    page: Page, checkout: Path, tmp_path: Path
) -> None:
    seat = tmp_path / ".seats" / "ada"
    environment = {"PYTHONPATH": str(checkout), "LAB_WORK": str(seat)}
    server = JupyterServer(tmp_path / "server", checkout, environment)
    try:
        lesson = OpenNotebook(page, server, LESSON)
        type_and_save(lesson, "mine = 1")
        assert first_code(seat / "lessons" / Path(LESSON).name) == "mine = 1"
        assert lesson.execute("import os; print(os.getcwd())").strip() == str(seat / "lessons")
        shown = "from lab_helpers import start_filter, show_go; start_filter('mine')\n"
        for call, path in (
            ("show_go('hello/main.go')", "filter/hello/main.go"),
            ("show_go('mine/main.go')", "work/filters/mine/main.go"),
        ):
            link = lesson.execute(f"{shown}print({call}.link)").strip()
            opened: Any = page.evaluate(
                """async ([link]) => {
                    const { context } = window.jupyterapp.shell.currentWidget;
                    const path = await context.urlResolver.resolveUrl(link);
                    const model = await window.jupyterapp.serviceManager.contents.get(path);
                    return [path, model.content.length];
                }""",
                [link],
            )
            assert opened[0] == path
            assert opened[1] > 100
        assert not (checkout / "work" / "lessons" / Path(LESSON).name).exists()
        assert git(checkout, "status", "--porcelain") == ""
    finally:
        page.goto("about:blank")
        server.end_kernels()
        server.stop()
