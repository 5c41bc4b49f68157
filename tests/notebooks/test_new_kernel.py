"""A kernel that is new, or was started anew, and one whose cell was interrupted: what they say."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import nbclient
import nbformat
import pytest

from lab_helpers.lessons.copies.folder import begin_anew, lesson_of, lessons_folder, make_copy
from tests.unit.lessons.copies.lessons import LESSON, earlier_copy, read, write_in

BEGIN = "%load_ext lab_helpers\nfrom lab_helpers import start_filter"
FIRST = "run the first cell again"


class Kernel:
    """A kernel, and what comes of the cells that run in it."""

    def __init__(self, client: nbclient.NotebookClient, work: Path) -> None:
        self._client = client
        self.work = work

    def belongs_to(self, notebook: str) -> None:
        """Be the kernel of another notebook."""
        place = str(self.work / "lessons" / notebook)
        self.run(f"import os; os.environ['JPY_SESSION_NAME'] = {place!r}; del os")

    def run(self, source: str) -> str:
        """Run a cell, and return all that it says."""
        cells = self._client.nb.cells
        cells.append(nbformat.v4.new_code_cell(source))
        self._client.execute_cell(cells[-1], len(cells) - 1)
        return "\n".join(map(_text, cells[-1].outputs))


def _text(output: nbformat.NotebookNode) -> str:
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return str(output.text if "text" in output else output.data["text/plain"])


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    """A kernel as Jupyter's server starts one for lesson 02."""
    folder = tmp_path_factory.mktemp("kernel")
    client = nbclient.NotebookClient(
        nbformat.v4.new_notebook(), allow_errors=True, kernel_name="python3"
    )
    environment = os.environ | {
        "LAB_WORK": str(folder / "work"),
        "IPYTHONDIR": str(folder / "ipython"),
        "JPY_SESSION_NAME": str(folder / "work" / "lessons" / LESSON.name),
        "PYTHONWARNINGS": "default",
    }
    with client.setup_kernel(env=environment):
        yield Kernel(client, folder / "work")


@pytest.fixture
def kernel(started: Kernel, monkeypatch: pytest.MonkeyPatch) -> Kernel:
    """That kernel, which knows no names."""
    monkeypatch.setenv("LAB_WORK", str(started.work))
    started.run("%reset -f")
    started.belongs_to(LESSON.name)
    return started


def test_each_missing_name_says_what_to_run(kernel: Kernel) -> None:
    for cell in ("check('02-greeting')", "def f():\n    return Envoy(None)\nf()", "envoy.stop()"):
        said = kernel.run(cell)
        assert FIRST in said, cell
    # The lab's own: plain words, and no stack trace.
    assert kernel.run("hint('02-tick')").splitlines()[0] == "NameError: name 'hint' is not defined"


def test_a_cell_of_go_or_yaml_runs_by_itself(kernel: Kernel) -> None:
    assert "There is no filter 'mine' yet." in kernel.run("%%go mine/tick.go\npackage main\n")
    assert "There is no mine.yaml of your own yet." in kernel.run("%%envoy mine.yaml routes\n- a")
    # The lab is there now, but the lesson's names are not.
    assert FIRST in kernel.run("check('02-greeting')")
    assert "begins as filter/hello" in kernel.run(f"{BEGIN}\nstart_filter('mine')")
    assert "the filter compiles" in kernel.run("%%go mine/tick.go\npackage main\n")


def test_a_cell_that_has_lost_a_percent_says_how_it_begins(kernel: Kernel) -> None:
    said = kernel.run("%go mine/tick.go\npackage main\n")
    assert "let its first line be: %%go mine/tick.go" in said
    assert "Traceback" not in said


def test_once_the_first_cell_ran_it_is_told_apart_what_is_missing(kernel: Kernel) -> None:
    kernel.run(BEGIN)
    assert "from lab_helpers import hint" in kernel.run("hint('02-tick')")
    assert "Run All Above Selected Cell" in kernel.run("envoy.stop()")
    slip = kernel.run("start_filtr('mine')")
    assert "name 'start_filtr' is not defined" in slip
    assert "Did you mean start_filter?" in slip
    assert "Run All Above" not in slip


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("predict('01-order', true)", "Python writes it with a capital letter: True"),
        ("guess = FALSE", "Python writes it with a capital letter: False"),
        ("emulate('hello', null)", "Python's word for it is None"),
        ("predict('01-threads', three)", "Write the number in digits: 3"),
        ("predict('01-threads', no)", "It asks for a number"),
        ('predict("03-body", yes)', "write True or False, without quotes"),
        ("predict('02-down', no)", "write True or False, without quotes"),
        ("answer = no", 'Is it meant as a text? Then write it in quotes: "no"'),
        ("dict(sub=admin)", 'Is it meant as a text? Then write it in quotes: "admin"'),
        ("{'tick_ms': 1, greeting: 'hi'}", 'Then write it in quotes: "greeting"'),
    ],
)
def test_a_word_that_python_writes_otherwise_is_said(kernel: Kernel, cell: str, said: str) -> None:
    kernel.run(f"{BEGIN}, emulate, predict")
    found = kernel.run(cell)
    assert said in found
    assert ("Is it meant as a text?" in found) is said.endswith('"')


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("settings = {greeting: 'hi'}", "greeting"),
        ("dict(sub=admin)", "admin"),
        ("headers = dict([(x-auth, 1)])", "x-auth"),
    ],
)
def test_a_text_without_quotes_is_told_in_a_new_kernel_of_a_lesson(
    kernel: Kernel, cell: str, text: str
) -> None:
    original = lesson_of("01")
    make_copy(lessons_folder() / original.name)
    kernel.belongs_to(original.name)
    said = kernel.run(cell)
    assert f'Then write it in quotes: "{text}"' in said
    assert FIRST in said


@pytest.mark.parametrize(
    ("number", "name"), [("01", "envoy"), ("04", "forged"), ("05", "lanes"), ("05", "module")]
)
def test_a_name_that_a_lessons_cell_makes_is_said_with_that_cell(
    kernel: Kernel, number: str, name: str
) -> None:
    """`envoy` is like `Envoy`, and `forged` like `forge`: no slips of the fingers."""
    original = lesson_of(number)
    make_copy(lessons_folder() / original.name)
    kernel.belongs_to(original.name)
    cells = [cell for cell in read(original)["cells"] if cell["cell_type"] == "code"]
    first, *others = ("".join(cell["source"]) for cell in cells)
    maker = next(text for text in others if re.search(rf"^{name} = ", text, re.MULTILINE))
    for began in ("", first):
        kernel.run(began)
        said = kernel.run(f"{name}.anything")
        assert f"The cell that begins `{maker.splitlines()[0]}` makes it" in said
        assert "Run All Above" in said
        assert (FIRST in said) is not began.startswith("%load_ext")
        assert said.count("Try: ") == 1


@pytest.mark.parametrize("exercise", ["05-workers", "04-forge", "05-tags"])
def test_a_check_before_its_cell_says_in_a_sentence_to_run_that_one(
    kernel: Kernel, exercise: str
) -> None:
    """No stack trace, and no cells above to be run again, which would start Envoy anew."""
    original = lesson_of(exercise[:2])
    make_copy(lessons_folder() / original.name)
    kernel.belongs_to(original.name)
    cells = [cell for cell in read(original)["cells"] if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in cells]
    asked = next(at for at, text in enumerate(sources) if f'check("{exercise}"' in text)
    kernel.run(f"{sources[0]}\ntoken = envoy = ''")
    said = kernel.run(sources[asked])
    first = sources[asked - 1].partition("\n")[0]
    told = f"The cell above makes it, which begins `{first}`. Try: run that cell first"
    assert said.splitlines()[1:] == [told]
    # Where a function of the person's own fails, its place is needed.
    kernel.run("def asks():\n    return lanes")
    assert len(kernel.run("asks()").splitlines()) > len(said.splitlines()) + 1


def test_the_first_cell_says_nothing_where_the_lab_is_loaded(kernel: Kernel) -> None:
    kernel.run("%%go mine/tick.go\npackage main\n")
    assert kernel.run(BEGIN) == ""
    assert kernel.run(BEGIN) == ""
    assert "already loaded" in kernel.run("%load_ext autoreload\n%load_ext autoreload")


def test_a_notebook_that_is_no_lesson_is_left_alone(kernel: Kernel) -> None:
    kernel.belongs_to("notes.ipynb")
    assert FIRST not in kernel.run("envoy.stop()")
    assert "division by zero" in kernel.run("1 / 0")


def test_a_newer_lesson_is_offered_in_its_own_page(kernel: Kernel) -> None:
    copy = earlier_copy(kernel.work / "lessons")
    write_in(copy, "mine")
    said = kernel.run("%reload_ext lab_helpers")
    assert "This lesson is newer than your copy of it." in said
    assert 'reset_lesson("02")' in said
    # Another lesson's page says nothing of it, nor its own once it is taken.
    kernel.belongs_to("03_compile_it.ipynb")
    assert "newer" not in kernel.run("%reload_ext lab_helpers")
    kernel.belongs_to(LESSON.name)
    begin_anew("02")
    assert "newer" not in kernel.run("%reload_ext lab_helpers")


@pytest.mark.parametrize(
    ("cell", "call"),
    [
        ("compile_filter('hello', reuse=False)", "compile_filter"),
        ("envoy.wait_until(lambda _: False, 'never')", "wait_until"),
        ("try_in_envoy('hello')", "try_in_envoy"),
    ],
)
def test_a_call_that_is_interrupted_says_so_without_a_trace_of_the_lab(
    kernel: Kernel, cell: str, call: str
) -> None:
    kernel.run("from lab_helpers import Envoy, compile_filter, try_in_envoy")
    assert kernel.run("envoy = Envoy(configuration='bare.yaml').start()") == ""
    # As Jupyter's button does, and at a moment in the call.
    soon = "import signal\nsignal.signal(signal.SIGALRM, signal.default_int_handler)\n"
    soon += "signal.setitimer(signal.ITIMER_REAL, 0.2)\n"
    said = kernel.run(soon + cell)
    assert f"Interrupted in {call}(…), before its end. Try: run the cell again" in said
    assert "Traceback" not in said
    own = kernel.run(f"{soon}import time\ntime.sleep(30)")
    assert "time.sleep" in own  # Python's own words serve a person's own code
    assert kernel.run("envoy.stop()") == ""
