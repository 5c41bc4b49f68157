"""What a hint gives as Go is put where the slip stands, as a learner would, and compiles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from lab_helpers.compiling.hints.slip import Spot
from lab_helpers.compiling.hints.value_types import type_of
from lab_helpers.errors import CompileError
from lab_helpers.lessons.cells.go_cells import compile_problem
from tests.unit.compiling.slips import HOOK, MENDED
from tests.unit.compiling.test_hints import failure_of, filter_with, hook, module_in

# The filter has a method, and a function of it that returns nothing.
METHODS = """
func (ctx *httpContext) refuse(status uint32, why string) types.Action {
	proxywasm.LogInfo("refused")
	return types.ActionPause
}
"""


class Slip(NamedTuple):
    """Lines in a hook, what of them is replaced by the hint's Go, and the hint's beginning."""

    typed: str
    wrong: str
    hint: str


def line(typed: str, hint: str) -> Slip:
    return Slip(typed, typed.partition("\n")[0], hint)


SLIPS = (
    # A method without its receiver, and with a package's name.
    Slip('refuse(503, "no")', "refuse", "write `ctx.refuse`: it is a method"),
    Slip('return refuse(503, "no")', "refuse", "write `ctx.refuse`: it is a method"),
    Slip('proxywasm.refuse(503, "no")', "proxywasm.refuse", "write `ctx.refuse`: it is a method"),
    Slip('ctx.refus(503, "no")', "ctx.refus", "check the spelling: is it `ctx.refuse`?"),
    Slip('refus(503, "no")', "refus", "check the spelling: is it `ctx.refuse`?"),
    Slip("_ = lenn(value)", "lenn", "check the spelling: is it `len`?"),
    Slip("return types.ActionStop", "types.ActionStop", "write `types.ActionContinue`, which lets"),
    Slip("return types.ActionWait", "types.ActionWait", "write `types.ActionContinue`, which lets"),
    # In the other package of the SDK.
    Slip(
        'types.SendHttpResponse(403, nil, []byte("no"), -1)',
        "types.SendHttpResponse",
        "write `proxywasm.SendHttpResponse`, with its package imported",
    ),
    Slip(
        'proxywasm.SendHttpResponse(403, nil, []byte("no"), "-1")',
        '"-1"',
        "leave the quotes out: `-1`",
    ),
    # Bytes, and the text that is made of them.
    Slip(
        'route, _ := proxywasm.GetProperty([]string{"a"})\n'
        "proxywasm.SendHttpResponse(403, nil, string(route), -1)",
        "string(route)",
        "bytes are wanted here, and these are bytes: write `route`",
    ),
    # Other names for the SDK's calls.
    Slip(
        'proxywasm.DeleteHttpResponseHeader("x")',
        "proxywasm.DeleteHttpResponseHeader",
        "write `proxywasm.RemoveHttpResponseHeader`",
    ),
    Slip(
        'proxywasm.DelHttpRequestHeader("x")',
        "proxywasm.DelHttpRequestHeader",
        "write `proxywasm.RemoveHttpRequestHeader`",
    ),
    Slip(
        'DeleteResponseHeader("x")',
        "DeleteResponseHeader",
        "write `proxywasm.RemoveHttpResponseHeader`",
    ),
    Slip(
        'proxywasm.SetHttpResponseHeader("x", "y")',
        "proxywasm.SetHttpResponseHeader",
        "write `proxywasm.ReplaceHttpResponseHeader`",
    ),
    Slip(
        'proxywasm.set_request_header("x", "y")',
        "proxywasm.set_request_header",
        "write `proxywasm.ReplaceHttpRequestHeader`",
    ),
    Slip(
        "proxywasm.SendLocalResponse(403, nil, nil, -1)",
        "proxywasm.SendLocalResponse",
        "write `proxywasm.SendHttpResponse`",
    ),
    Slip(
        "proxywasm.SendHttpLocalReply(403, nil, nil, -1)",
        "proxywasm.SendHttpLocalReply",
        "write `proxywasm.SendHttpResponse`",
    ),
    Slip(
        "proxywasm.ContinueHttpRequest()",
        "proxywasm.ContinueHttpRequest",
        "write `proxywasm.ResumeHttpRequest`",
    ),
    line('del proxywasm.headers["x"]', 'write `proxywasm.RemoveHttpResponseHeader("x")`'),
    line("del request.headers['x']", 'write `proxywasm.RemoveHttpRequestHeader("x")`'),
    line("del names[0]", "write `names = slices.Delete(names, 0, 1)`"),
    line("del reply['x']", 'write `delete(reply, "x")`'),
    line('proxywasm.headers["x"] = "y"', 'write `proxywasm.ReplaceHttpResponseHeader("x", "y")`'),
    # Texts.
    Slip('value = f"a.{value}.b"', 'f"a.{value}.b"', "put texts together with +"),
    Slip("value = f'{value}'", "f'{value}'", "a value alone needs no quotes: `value`"),
    Slip('value = f"{ctx.plugin.token}"', 'f"{ctx.plugin.token}"', "a value alone"),
    Slip('value = f"{numHeaders:d} of {value}"', 'f"{numHeaders:d} of {value}"', "put texts"),
    Slip('value = f"{endOfStream}!"', 'f"{endOfStream}!"', "put texts together with +"),
    Slip('value = f"plain"', 'f"plain"', "leave the f out"),
    Slip("value = f\"{reply['x']}!\"", "f\"{reply['x']}!\"", "put texts together with +"),
    line('LOG(f"100% of {value}, {numHeaders}")', "put values into a log line so"),
    Slip(
        'route, _ := proxywasm.GetProperty([]string{"a"})\nvalue = str(route)',
        "str(route)",
        "make a text of it: `string(route)`",
    ),
    Slip("value = str(value)", "str(value)", "leave it out: `value`"),
    Slip("value = str(endOfStream)", "str(endOfStream)", "make a text of it: `fmt.Sprint("),
    # Conditions.
    Slip('if value == "200" && reply["a"] {\n}', 'reply["a"]', "a text is no condition: `reply"),
    Slip("if endOfStream || value {\n}", "value", "a text is no condition: `value"),
    Slip('if value == "a" && numHeaders {\n}', "numHeaders", "a number is no condition"),
    Slip('if value == "a" && names {\n}', "names", "a list is no condition: `len(names)"),
    line("if ctx.plugin.token {\n}", "write `if ctx.plugin.token != "),
    line("if names {\n}", "write `if len(names) > 0 {`"),
    line('if reply[":status"] is "200" {\n}', 'write `if reply[":status"] == "200" {`'),
    line("if value is not '200':\n}", 'write `if value != "200" {`'),
    line("if not value {\n}", 'write `if value == "" {`'),
    line("if not (value == reply['x'] or endOfStream) {\n}", "write `if !(value"),
    line(
        'if value == "a" and not reply["x"] {\n}', 'write `if value == "a" && reply["x"] == "" {`'
    ),
    line("if value is None or numHeaders is None {\n}", 'write `if value == "" || numHeaders == 0'),
    line("if None == ctx {\n}", "write `if ctx == nil {`"),
    line("if endOfStream is True {\n}", "write `if endOfStream == true {`"),
    line("if value in ['a', 'b'] and endOfStream {\n}", 'write `if (value == "a" || value == "b")'),
    line("if value not in names {\n}", "write `if !slices.Contains(names, value) {`"),
    line('if "x" in value {\n}', 'write `if strings.Contains(value, "x") {`'),
    line("while not endOfStream {\n}", "write `for !endOfStream {`"),
    line("assert not value", "write `if !(value == "),
    line("ok := value == reply[value] and not endOfStream\n_ = ok", "write `ok := "),
    line(
        'if key, _ := proxywasm.GetHttpRequestHeader("x"); not key {\n}',
        'write `if key, _ := proxywasm.GetHttpRequestHeader("x"); key == "" {`',
    ),
    Slip(
        "if endOfStream {\n} elif value is 'x' {\n}",
        "} elif value is 'x' {",
        'write `} else if value == "x" {`',
    ),
    line("if not endOfStream: return types.ActionPause", "write `if !endOfStream { return types"),
    line("if (value is None) {\n}", 'write `if value == "" {`'),
    line(
        "if (value is None) or (not endOfStream):\n}",
        'write `if (value == "") || (!endOfStream) {`',
    ),
    line('if value <> "a" {\n}', 'write `if value != "a" {`: Go has != for <>'),
    line(
        'if value.startswith("a") and not endOfStream {\n}',
        'write `if strings.HasPrefix(value, "a") && !endOfStream {`',
    ),
    # Lists written as dicts.
    Slip('p := [2]string{":a": "b"}\n_ = p', '{":a": "b"}', "put a comma between the two"),
    Slip('p := [][2]string{{":a": "b"}}\n_ = p', '{":a": "b"}', "put a comma between the two"),
    Slip(
        'p := [][2]string{{":a", "/:b"}, {":c": "d: e"}}\n_ = p',
        '{":c": "d: e"}',
        'put a comma between the two, not a colon: `{":c", "d: e"}`',
    ),
    Slip(
        'p := [][2]string{{"a", ":"}, {":c": value}, {":d", ":e"}}\n_ = p',
        '{":c": value}',
        'put a comma between the two, not a colon: `{":c", value}`',
    ),
    # A text without its quotes.
    Slip(
        'proxywasm.ReplaceHttpResponseHeader(x-lesson, "02")',
        "x-lesson",
        'put it into double quotes, as a text: `"x-lesson"`',
    ),
    Slip("_ = cache-control-x", "cache-control-x", "put it into double quotes, as a text: "),
    Slip(
        "m := map[string]string{}\n_ = m[:status]",
        "m[:status]",
        'put the key into double quotes: `m[":status"]`',
    ),
    Slip(
        'p := [][2]string{":a": value, ":b": "c"}\n_ = p',
        '{":a": value, ":b": "c"}',
        "put each pair into braces of its own",
    ),
    # Something is given back, or taken, where nothing is.
    Slip(
        'f := func() {\nreturn ctx.refuse(503, "no")\n}\nf()',
        'return ctx.refuse(503, "no")',
        "this",
    ),
    Slip(
        "f := func() {\nreturn types.ActionPause\n}\nf()",
        "return types.ActionPause",
        "this function",
    ),
    Slip('x := LOG("x")', 'x := LOG("x")', "let the call stand alone"),
)
# Where the hint tells it in words, what it leads to.
IN_WORDS = {'x := LOG("x")': 'LOG("x")'}


def given(error: CompileError) -> str:
    """The first Go in the hint that is to be written."""
    codes: list[str] = re.findall(r"`([^`]+)`", error.hint)
    return codes[1] if "leave `return` out" in error.hint else codes[0]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, CompileError]:
    root = module_in(tmp_path_factory.mktemp("slips"))
    folders = [
        filter_with(root / f"slip{number}", hook(slip.typed) + METHODS)
        for number, slip in enumerate(SLIPS)
    ]
    with ThreadPoolExecutor(2) as several:
        errors = several.map(failure_of, folders)
        return dict(zip((slip.typed for slip in SLIPS), errors, strict=True))


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.typed[:40])
def test_a_slip_gets_a_hint_that_fits(said: Mapping[str, CompileError], slip: Slip) -> None:
    assert slip.hint in said[slip.typed].hint


def test_the_go_of_the_hints_compiles_where_the_slip_stands(
    said: Mapping[str, CompileError], tmp_path_factory: pytest.TempPathFactory
) -> None:
    start = HOOK.index("func (ctx")
    bodies = []
    for number, slip in enumerate(SLIPS):
        code = IN_WORDS.get(slip.typed) or given(said[slip.typed])
        at = slip.typed.rfind(slip.wrong)
        body = slip.typed[:at] + code + slip.typed[at + len(slip.wrong) :]
        if code.endswith("{") and "}" not in slip.typed:
            body += "\n}"
        source = hook(body)[start:]
        bodies.append(source.replace("OnHttpResponseHeaders", f"mended{number}"))
    root = module_in(tmp_path_factory.mktemp("mended"))
    folder = filter_with(root / "mended", MENDED + METHODS + "\n".join(bodies))
    assert compile_problem(folder) is None


def test_nothing_below_a_return_is_run(tmp_path: Path) -> None:
    head = HOOK[: HOOK.index("\treply :=")]
    late = "\tif endOfStream {\n\t\treturn types.ActionContinue\n\t}\n\treturn types.ActionPause\n"
    folder = filter_with(
        module_in(tmp_path) / "late", head + late + '\tproxywasm.LogInfo("x")\n}\n'
    )
    hint = failure_of(folder).hint
    assert hint == "nothing below `return types.ActionPause` is run: move it to the end"


def test_a_hook_without_a_return_may_go_on_or_wait(tmp_path: Path) -> None:
    head = HOOK[: HOOK.index("\treply :=")]
    folder = filter_with(module_in(tmp_path) / "none", head + '\tproxywasm.LogInfo("x")\n}\n')
    hint = failure_of(folder).hint
    assert "types.ActionContinue" in hint
    assert "types.ActionPause" in hint


def test_a_variable_that_is_not_used_is_said_beside_another_problem(
    tmp_path: Path,
) -> None:
    body = 'greeting := "x"\nLOG(value)\nreturn types.ActionContinu'
    hint = failure_of(filter_with(module_in(tmp_path) / "two", hook(body))).hint
    assert "cell.go:15: write `types.ActionContinue`" in hint
    assert "then use `greeting`, or remove the variable" in hint


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("value", "string"),
        ("numHeaders", "int"),
        ("endOfStream", "bool"),
        ("reply[value]", "string"),
        ("names", "[]string"),
        ("names[0]", "string"),
        ("value[0]", "byte"),
        ("ctx.plugin.token", "string"),
        ("item", "string"),
        ("unknown", ""),
    ],
)
def test_the_lines_above_tell_a_type(value: str, kind: str) -> None:
    above = hook("for _, item := range names {").partition("\treturn")[0]
    package = "type pluginContext struct {\n\ttoken string // the newest\n}\n"
    assert type_of(Spot("", "", above, package), value) == kind
