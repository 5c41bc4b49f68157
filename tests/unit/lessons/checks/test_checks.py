"""Checks of exercises against answers that are nearly right: each says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks.checking import check
from lab_helpers.lessons.exercises.solutions import exercise_names, solution_cell

START = """package main

import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"
import "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"

func (plugin *pluginContext) OnPluginStart(size int) types.OnPluginStartStatus {
	proxywasm.SetTickPeriodMilliSeconds(1000)
	return types.OnPluginStartStatusOK
}
"""


@pytest.fixture
def mine(work: Path) -> Path:
    """The learner's filter with every solution of lesson 02 in it."""
    start_filter("mine")
    folder = work / "filters" / "mine"
    for name in exercise_names():
        if name.startswith("02-") and name != "02-greeting":
            save(folder, solution_cell(name))
    (folder / "start.go").write_text(START, "utf-8")
    tick = (folder / "tick.go").read_text("utf-8")
    (folder / "tick.go").write_text(tick.rstrip().rstrip("}") + "\tplugin.askForToken()\n}\n")
    return folder


def save(folder: Path, cell: str) -> None:
    magic, _, source = cell.partition("\n")
    (folder / magic.rpartition("/")[2]).write_text(f"{source}\n", "utf-8")


def change(file: Path, old: str, new: str) -> None:
    source = file.read_text("utf-8")
    assert old in source
    file.write_text(source.replace(old, new), "utf-8")


@pytest.mark.parametrize(
    ("exercise", "file", "old", "new", "told"),
    [
        ("02-tick", "tick.go", "plugin.ticks++", "ticks := 0; ticks++", "tick 0, tick 0, tick 0"),
        ("02-tick", "start.go", "(1000)", "(100)", "timer of 1000 ms"),
        ("02-tick", "tick.go", "plugin.ticks++", 'panic("me")', "me"),
        ("02-tick", "tick.go", "(plugin *plugin", "(plugin plugin", "keep the `*`"),
        ("02-tick", "tick.go", "OnTick", "onTick", "a method of the name `OnTick`"),
        ("02-callout", "callout.go", "5000", "5", "It waits 5 ms"),
        ("02-callout", "callout.go", '{":path", "/auth"}', '{":path", ""}', "but empty"),
        ("02-callout", "callout.go", '{":path", "/auth"}, ', "", "has `:path`"),
        ("02-callout", "callout.go", '("my_custom_svc"', '("my_svc"', "to `my_svc`"),
        ("02-callout", "callout.go", '"/auth"', '"/token"', "asks for GET /token"),
        ("02-token", "reply.go", 'reply[":status"] == "200" && ', "", "a 500 with such a header"),
        ("02-token", "reply.go", '[":status"]', '["status"]', "The status is the header `:status`"),
        ("02-token", "reply.go", '":status"] ==', '":status"][:1] + "00" ==', "nor is a 201"),
        ("02-token", "reply.go", ' != ""', ' != "" && plugin.token == ""', "a newer token takes"),
        (
            "02-token",
            "reply.go",
            ' && reply["authorization"] != ""',
            "",
            "a 200 without the header",
        ),
        ("02-token", "tick.go", "plugin.askForToken()", "", "and calls askForToken"),
        ("02-auth", "tick.go", "plugin.askForToken()", "", "and calls askForToken"),
        ("02-auth", "response.go", '!= ""', '== ""', "carries it as `x-auth`"),
        ("02-auth", "response.go", 'ctx.plugin.token != ""', "true", "before the first token"),
        ("02-auth", "response.go", 'plugin.token != ""', "plugin.ticks > 0", "only its reply does"),
        ("02-auth", "response.go", "Replace", "Add", "Add puts a second one beside it"),
        (
            "02-auth",
            "response.go",
            "	return",
            '	if ctx.plugin.token == "" {\n		return types.ActionPause\n	}\n	return',
            "return ActionContinue",
        ),
    ],
)
def test_an_answer_that_is_nearly_right_is_told_what_is_missing(
    mine: Path, exercise: str, file: str, old: str, new: str, told: str
) -> None:
    change(mine / file, old, new)
    result = check(exercise)
    assert not result.passed
    assert told in result.note.text


def test_a_header_that_is_added_beside_the_upstreams_is_found(mine: Path) -> None:
    save(mine, solution_cell("02-greeting"))
    assert check("02-greeting").passed
    change(mine / "response.go", 'ReplaceHttpResponseHeader("x-l', 'AddHttpResponseHeader("x-l')
    result = check("02-greeting")
    assert not result.passed
    assert "Add would put a second one beside it" in result.note.text
    change(mine / "response.go", '"x-wasm-filter", "hello', '"x-wasm-filter", "bye')
    assert "still carries `x-wasm-filter: hello from wasm`" in check("02-greeting").note.text


def test_a_variable_that_was_taken_out_is_no_mended_filter(work: Path) -> None:
    start_filter("broken")
    folder = work / "filters" / "broken"
    change(folder / "response.go", "{\n", "{\n\t// mine\n")
    assert "use the variable" in check("03-mend").note.text
    save(folder, solution_cell("03-mend"))
    assert check("03-mend").passed


def test_a_filter_that_is_not_there_is_told(work: Path) -> None:
    result = check("02-greeting")
    assert not result.passed
    assert 'start_filter("mine")' in result.note.text


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (60_000, "It could be shorter: 17 calls a minute"),
        (30_001, "It could be shorter: 33.9989 calls a minute"),
        (29_999, "With 29999 ms it gets 34.0011:"),
        (0, "more than 0"),
        (-1, "more than 0"),
        ("30000", "it is a number"),
        (True, "it is a number"),
        (float("nan"), "✗"),
        (10**400, "It could be shorter: 0 calls a minute"),
    ],
)
def test_a_period_that_does_not_fit_is_told(work: Path, answer: object, told: str) -> None:
    result = check("05-period", answer)
    assert not result.passed
    assert told in result.note.text
    assert check("05-period", 30_000).passed
    assert check("05-period", 30_000.0).passed
