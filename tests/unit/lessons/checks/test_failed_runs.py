"""A cell that ended in an error left the value of an earlier run: no check judges it unsaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from lab_helpers.lessons.cells import restarted, runs
from lab_helpers.lessons.cells.missing_quotes import text_without_quotes
from lab_helpers.lessons.checks.checking import check, hint

pytestmark = pytest.mark.usefixtures("work")
Run = Callable[[str], str]
SAID = "ended in an error"


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance(
        config=Config({"HistoryManager": {"enabled": False}}), colors="nocolor"
    )
    restarted.load_ipython_extension(made)
    runs.register(made)
    made.user_ns |= {"check": check, "hint": hint}
    yield made
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell: InteractiveShell) -> Run:
    """Run a cell, and return what it says."""

    def ran(source: str) -> str:
        with capture_output() as said:
            shell.run_cell(source, store_history=True)
        shown = [output.data["text/plain"] for output in said.outputs]
        return "\n".join((said.stdout, said.stderr, *shown))

    return ran


@pytest.mark.parametrize(
    ("cell", "error", "advice"),
    [
        ("tick_ms = thirty_thousand", "NameError", 'in quotes: "thirty_thousand"'),
        ("tick_ms = three", "NameError", "Write the number in digits: 3"),
        ("tick_ms = null", "NameError", "Python's word for it is None"),
        ("tick_ms = true", "NameError", "with a capital letter: True"),
        ("tick_ms = 30_000_", "SyntaxError", ""),
        ("tick_ms = int('many')", "ValueError", ""),
        ("a = 1\ntick_ms, b = 1 / 0, a", "ZeroDivisionError", ""),
        ("tick_ms =", "SyntaxError", ""),
        ("let tick_ms = 30000", "SyntaxError", ""),
        ("tick_ms 60", "SyntaxError", ""),
        ("tick_ms == 60)", "SyntaxError", ""),
        ("tick_ms := 60", "SyntaxError", ""),
        ("  tick_ms = 30\n 5", "IndentationError", ""),
    ],
)
def test_the_value_of_before_is_not_judged(run: Run, cell: str, error: str, advice: str) -> None:
    run("tick_ms = 30000")
    assert "is done" in run('check("05-period", tick_ms)')
    run(cell)
    for said in (run('check("05-period", tick_ms)'), run('hint("05-period")')):
        assert f"The last run of the cell with `tick_ms = …` {SAID}: {error}" in said
        assert advice in said
        assert ".py" not in said
        assert "is done" not in said
        assert "nothing wrong" not in said
    assert "still the value of an earlier run: 30000" in run('check("05-period", tick_ms)')
    assert "is done" in run('check("05-period", 30000.0)')  # another value than that of before
    run("tick_ms = 30000")
    assert "is done" in run('check("05-period", tick_ms)')
    assert SAID not in run('hint("05-period")')


def test_a_call_that_the_lab_refuses_is_told_in_its_words(run: Run) -> None:
    run("from lab_helpers import check, forge, hint\nforged = 'a.b.c'")
    run('token = "Bearer a.b.c"\nforged = forge(token, {"sub": "me"})')
    said = run('hint("04-forge")')
    assert f"`forged = …` {SAID}: ConfigurationError: forge() is not called so." in said
    assert "forge(token, sub='me')" in said


def test_what_fails_after_the_value_is_given_is_another_thing(run: Run) -> None:
    run("tick_ms = 60000")
    run("tick_ms = 30000\nprint(1 / 0)")
    assert "is done" in run('check("05-period", tick_ms)')


def test_a_cell_may_give_a_value_and_check_it(run: Run) -> None:
    run("tick_ms = 5")
    run("tick_ms = 3 / 0")
    assert "would be too many calls" in run('tick_ms = 60000\ncheck("05-period", tick_ms)')


def test_a_cell_about_something_else_may_fail(run: Run) -> None:
    run("tick_ms = 30000")
    run("period = tick_ms == (")
    assert "is done" in run('check("05-period", tick_ms)')


def test_a_text_without_quotes_is_told(run: Run) -> None:
    run("class Envoy: url = 'u'\nenvoy = Envoy()\nEnvoys = from_here = 1")
    run("from lab_helpers import check, hint")
    told = run("sends_requests = env.proxy_http_call")
    assert 'write it in quotes: "env.proxy_http_call"' in told
    assert "in quotes" not in run("url = envo.url")  # a slip for envoy, which has one
    assert "in quotes" not in run("url = env.ask('worker_0')")


@pytest.mark.parametrize(
    ("source", "name", "text"),
    [
        ("counter = cluster.a.b", "cluster", "cluster.a.b"),
        ("forge(token, sub=admin)", "admin", "admin"),
        ('settings = {"vm_header": x-wasm-vm}', "x", "x-wasm-vm"),
        ("settings = {greeting: 1}", "greeting", "greeting"),
        ("if name == admin: pass", "admin", "admin"),
        ("def who():\n    return admin", "admin", "admin"),
        ("who: str = admin", "admin", "admin"),
        ("headers[x-auth]", "x", "x-auth"),
        ("who = admin if name else guest", "guest", "guest"),
        ("print(who := admin)", "admin", "admin"),
        ("ask('worker_0', auth/x)", "auth", "auth/x"),
        ("env.ask('worker_0')", "env", ""),
        ("rows = env[0]", "env", ""),
        ("n = many + 1", "many", ""),
        ("%%go mine/a.go\nx = y", "y", ""),
    ],
)
def test_what_may_be_a_text_stands_where_a_value_does(source: str, name: str, text: str) -> None:
    assert text_without_quotes(source, name) == text
