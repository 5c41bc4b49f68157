"""What compiles in a filter, but does not do what it seems to: asked for beside the compile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper import Advice, AdviceBeside, AdviceGiven, advising, read_advice
from lab_helpers.go_helper.building import build_go_helper, built_go_helper
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.exercises.solutions import exercise_names, solution_cell, stub_cell

HELLO = repository_folder() / "filter" / "hello"
SLEEPS = """package main

import "time"

func (ctx *httpContext) OnHttpStreamDone() { time.Sleep(1) }
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    for name in ("LAB_PERSON", "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    build_go_helper()
    start_filter("mine")
    return tmp_path / "work" / "filters" / "mine"


def test_advice_has_its_place_its_sentence_and_its_kind(mine: Path) -> None:
    (mine / "done.go").write_text(SLEEPS, "utf-8")
    (one,) = read_advice(mine)
    assert (one.place, one.column, one.kind) == ("done.go:5", 56, "sleep")
    assert str(one).startswith("done.go:5: time.Sleep does not sleep in a filter")
    assert AdviceBeside(mine).wait() == AdviceGiven((one,))
    assert AdviceGiven((one,)).as_json()["advice"] == [
        {"file": "done.go", "line": 5, "column": 56, "sentence": one.sentence, "kind": "sleep"}
    ]


@pytest.mark.parametrize("read", [solution_cell, stub_cell], ids=["solutions", "stubs"])
def test_nothing_is_said_of_the_lessons_own_filters(mine: Path, read: object) -> None:
    assert callable(read)
    (mine / "start.go").write_text(
        "package main\n\n"
        'import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"\n'
        'import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"\n\n'
        "func (plugin *pluginContext) OnPluginStart(int) types.OnPluginStartStatus {\n"
        "\tproxywasm.SetTickPeriodMilliSeconds(1000)\n"
        "\treturn types.OnPluginStartStatusOK\n}\n",
        "utf-8",
    )
    seen = 0
    # A callout's function is named before it is written: the last exercise is the first that needs
    # all of them.
    for name in reversed(exercise_names()):
        magic, _, source = str(read(name)).partition("\n")
        if magic.startswith("%%go mine/"):
            (mine / magic.rpartition("/")[2]).write_text(f"{source}\n", "utf-8")
            if (mine / "reply.go").exists():
                assert read_advice(mine) == (), name
                seen += 1
    assert seen >= 3


def test_a_filter_that_does_not_compile_is_said_to_have_none(mine: Path) -> None:
    (mine / "done.go").write_text("package main\n\nvar x = y\n", "utf-8")
    assert AdviceBeside(mine).wait().missing.endswith("done.go:3:9: undefined: y")


def test_a_helper_that_is_not_built_is_said_and_not_waited_for(
    mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "empty"))
    given = AdviceBeside(mine).wait()
    assert given.missing == "The lab's Go helper is not built. Try: run `lab setup`"
    assert given.as_json() == {"advice": [], "advice_missing": given.missing}
    with pytest.raises(ToolchainError, match="is not built"):
        built_go_helper()


def test_advice_that_takes_too_long_is_said_to(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end = threading.Event()

    def slow(_folder: Path, _program: Path) -> tuple[Advice, ...]:
        assert may_end.wait(60)
        return ()

    build_go_helper()
    monkeypatch.setattr(advising, "read_advice", slow)
    beside = AdviceBeside(HELLO)
    assert not beside.ready(0)
    assert beside.wait(0).missing == "it took longer than 0 s"
    may_end.set()
    assert beside.wait() == AdviceGiven()
    assert beside.ready(0)


@pytest.mark.parametrize("failure", [OSError("no room"), ValueError("no JSON")])
def test_a_helper_that_fails_is_told_by_its_own_words(
    monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fails(_folder: Path, _program: Path) -> tuple[Advice, ...]:
        raise failure

    build_go_helper()
    monkeypatch.setattr(advising, "read_advice", fails)
    assert AdviceBeside(HELLO).wait() == AdviceGiven(missing=str(failure))
