"""Plausible wrong answers, in the emulator: what is said is true, and leads on."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.lessons.checks.checking import check
from lab_helpers.lessons.exercises.solutions import solution_cell
from tests.unit.lessons.checks.test_checks import change, mine, save

__all__ = ["mine"]  # the fixture: a filter with every solution of lesson 02 in it

NONE = """if ctx.plugin.token == "" {
		proxywasm.ReplaceHttpResponseHeader("x-auth", "none")
	} else {"""
LESSON = 'proxywasm.ReplaceHttpResponseHeader("x-lesson"'
LOG = 'proxywasm.LogInfof("tick %d", plugin.ticks)'


@pytest.mark.parametrize(
    ("file", "old", "new", "told", "false"),
    [
        ("tick.go", "plugin.ticks++", "plugin.ticks = 1", "set anew each time: add to", "copy"),
        ("tick.go", "plugin.ticks++", "plugin.ticks += 2", "changes by 2 with each tick", "copy"),
        ("tick.go", "plugin.ticks++", "", "nothing is added to `plugin.ticks` itself", "copy"),
        ("tick.go", f"plugin.ticks++\n\t{LOG}", f"{LOG}\n\tplugin.ticks++", "count first", "copy"),
        ("tick.go", '"tick %d"', '"Tick %d"', "The log says: Tick 1, Tick 2", "calls a method"),
        ("tick.go", '"tick %d"', '"tick %s"', "stands a number alone, which `%d` writes", "copy"),
        ("tick.go", "OnTick", "OnTicks", "Yours is called `OnTicks`", "is called, and logs"),
        (
            "tick.go",
            LOG,
            "_ = proxywasm.LogInfo",
            "`OnTick` is called, and logs nothing",
            "Yours is called",
        ),
    ],
)
def test_ticks(mine: Path, file: str, old: str, new: str, told: str, false: str) -> None:
    change(mine / file, old, new)
    result = check("02-tick")
    assert not result.passed
    assert told in result.note.text
    assert false not in result.note.text


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"x-lesson"', '"X_Lesson"', "`x_lesson` is another name than `x-lesson`"),
        ('ResponseHeader("x-l', 'RequestHeader("x-l', "was set on the request instead"),
        ('"x-lesson"', '"lesson"', "The response carries `x-wasm-filter`, `lesson`."),
        (LESSON, f"return types.ActionContinue\n\t{LESSON}", "at a `return` above it"),
        (LESSON, f"// {LESSON}", "does it name `x-lesson`?"),
        ("ActionContinue", "ActionPause", "return ActionContinue"),
    ],
    ids=["underscore", "request", "other name", "after return", "comment", "paused"],
)  # fmt: skip
def test_greetings(mine: Path, old: str, new: str, told: str) -> None:
    save(mine, solution_cell("02-greeting"))
    change(mine / "response.go", old, new)
    result = check("02-greeting")
    assert not result.passed
    assert told in result.note.text


@pytest.mark.parametrize(
    ("exercise", "file", "old", "new", "told"),
    [
        ("02-auth", "response.go", 'if ctx.plugin.token != "" {', NONE, "and it is `none`:"),
        ("02-auth", "response.go", 'plugin.token != ""', "plugin.ticks > 0", "and it is empty:"),
        ("02-auth", "response.go", 'token != ""', 'token == ""', "the `if` asks the opposite"),
        ("02-auth", "response.go", 'token != ""', "ticks < 1", "and no more once there is one"),
        ("02-auth", "response.go", 'token != ""', "ticks > 99", "look at the `if` around it"),
        ("02-token", "reply.go", 'rization"] !=', 'rization"] ==', 'want `reply["auth'),
        ("02-token", "reply.go", '":status"] ==', '":status"] !=', 'want `reply[":status"] == "'),
        ("02-auth", "response.go", '"x-auth"', '"x_auth"', "`x_auth` is another name than"),
        ("02-auth", "start.go", "SetTickPeriodMilliSeconds(1000)", "PluginDone()", "No timer"),
        ("02-callout", "callout.go", '":authority"', '"authority"', "The colon belongs to"),
        ("02-callout", "callout.go", '":authority"', '"host"', "`:path`, `host`."),
        ("02-callout", "callout.go", '"GET"', '"get"', "A method is written in capitals"),
        ("02-callout", "callout.go", '"/auth"', '"auth"', "A path begins with `/`"),
        ("02-token", "reply.go", '"authorization"] != ', '"Authorization"] != ', "small letters"),
        ("02-token", "reply.go", '= reply["authorization"]\n', '= reply[":status"]\n', "is `200`"),
        ("02-token", "reply.go", "&&", "||", "The status did not decide"),
        ("02-token", "reply.go", ' && reply["authorization"] != ""', "", "ask for both, with `&&`"),
    ],
)  # fmt: skip
def test_callouts_and_tokens(
    mine: Path, exercise: str, file: str, old: str, new: str, told: str
) -> None:
    change(mine / file, old, new)
    result = check(exercise)
    assert not result.passed
    assert told in result.note.text


def test_a_return_on_no_is_not_taken_for_the_opposite(mine: Path) -> None:
    source = (mine / "reply.go").read_text("utf-8")
    asked = source.index('\tif reply[":status"]')
    (mine / "reply.go").write_text(source[:asked] + EARLY, "utf-8")
    said = check("02-token").note.text
    assert "small letters" in said
    assert "opposite" not in said


SETS = 'proxywasm.ReplaceHttpResponseHeader("x-wasm-filter", {})'
EARLY = """	if reply[":status"] != "200" || reply["authorization"] == "" {
		return
	}
	plugin.token = reply["Authorization"]
}
"""
VARIABLE = 'greeting := "mended"\n\t'


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (SETS.format('"mended"'), "It is gone. Keep"),
        (f"{VARIABLE}_ = greeting\n\t" + SETS.format('"mended"'), "still carries `mended`"),
        (VARIABLE + SETS.replace('"x-wasm-filter", {}', 'greeting, ""'), "carries `mended`."),
        (
            f"{VARIABLE}proxywasm.LogInfo(greeting)\n\t" + SETS.format('"me"'),
            "It carries `me`: use",
        ),
        ("const greeting = `mended`\n\t" + SETS.format("greeting"), "is done"),
    ],
    ids=["removed", "blank", "as a name", "logged", "a constant will do"],
)
def test_a_variable_that_is_to_be_used(work: Path, body: str, told: str) -> None:
    start_filter("broken")
    folder = work / "filters" / "broken"
    save(folder, solution_cell("03-mend"))
    change(folder / "response.go", 'greeting := "mended"\n', "")
    change(folder / "response.go", SETS.format("greeting"), body)
    result = check("03-mend")
    assert told in result.note.text
    assert result.passed == (told == "is done")


@pytest.mark.parametrize("exercise", ["01-route", "04-mend"])
def test_a_configuration_that_is_not_there_yet(work: Path, exercise: str) -> None:
    result = check(exercise)
    assert not result.passed
    assert "of your own yet." in result.note.text
    assert "start_configuration" in result.note.text
    assert "Errno" not in result.note.text


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (30, "With 30 ms it gets 34000:"),
        (60_000 / 32, "With 1875.0 ms it gets 544:"),
        (28_235, "With 28235 ms it gets 36:"),
    ],
)
def test_periods(work: Path, answer: object, told: str) -> None:
    result = check("05-period", answer)
    assert not result.passed
    assert told in result.note.text
