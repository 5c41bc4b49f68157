"""All that a compiler says of a problem is kept, the learner's file first."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.failures import compile_failure
from lab_helpers.compiling.problems import read_problems
from lab_helpers.compiling.signatures import HOOKS
from lab_helpers.errors import CompileError
from lab_helpers.lessons.cells.go_cells import compile_problem, save_go
from lab_helpers.lessons.cells.source import Source
from lab_helpers.lessons.cells.workspace import start_filter
from lab_helpers.toolchain import find_go, go_environment

SDK_TYPES = "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"


@pytest.fixture
def mine(work: Path) -> Path:
    start_filter("mine")
    return work / "filters" / "mine"


def test_what_a_call_has_and_wants_is_kept(mine: Path) -> None:
    source = (mine / "response.go").read_text("utf-8").replace(', "hello from wasm"', "")
    shown = save_go("mine/response.go", source)
    assert isinstance(shown, Source)
    assert "not enough arguments" in shown.text
    assert "have (string)" in shown.text
    assert "want (string, string)" in shown.text
    assert shown.html.count("(string, string)") == 1


HOOK = f"""package main

import "{SDK_TYPES}"

// OnHttpResponseHeaders is not this one.
func (ctx *httpContext) OnHttpResponseHeaders(numHeaders int) types.Action {{
	return types.ActionContinue
}}
"""
TICK = "package main\n\nfunc (plugin *pluginContext) OnTick(n int) bool {\n\treturn true\n}\n"
START = f"""package main

import "{SDK_TYPES}"

func (vm *vmContext) OnVMStart() types.OnVMStartStatus {{
	return true
}}
"""


@pytest.mark.parametrize(
    ("name", "source", "line", "column", "have", "want", "hint"),
    [
        (
            "response.go",
            HOOK,
            6,
            25,
            "have OnHttpResponseHeaders(int) types.Action",
            "want OnHttpResponseHeaders(int, bool) types.Action",
            "OnHttpResponseHeaders(numHeaders int, endOfStream bool) types.Action {`",
        ),
        (
            "tick.go",
            TICK,
            3,
            30,
            "have OnTick(int) bool",
            "want OnTick()",
            "`func (plugin *pluginContext) OnTick() {`",
        ),
        (
            "start.go",
            START,
            5,
            22,
            "have OnVMStart() types.OnVMStartStatus",
            "want OnVMStart(int) types.OnVMStartStatus",
            "`func (vm *vmContext) OnVMStart(vmConfigurationSize int) types.OnVMStartStatus {`",
        ),
    ],
)
def test_a_hook_of_another_signature_is_marked_where_it_is_written(
    mine: Path, name: str, source: str, line: int, column: int, have: str, want: str, hint: str
) -> None:
    (mine / name).write_text(source, encoding="utf-8")
    errors = [compile_problem(mine, name)]
    with pytest.raises(CompileError) as caught:
        compile_filter(mine, mine / "x.wasm")
    for error in (*errors, caught.value):
        assert error is not None
        problem = error.problems[0]
        assert (problem.file, problem.line, problem.column) == (name, line, column)
        assert have in problem.message
        assert want in problem.message
        assert "does not implement" in problem.message  # Go's own words, with their own place
        assert hint in error.hint


def test_the_hooks_are_the_sdks(mine: Path) -> None:
    go = find_go()
    shown = "\n".join(
        subprocess.run(
            [str(go.path), "doc", f"{SDK_TYPES}.{name}"],
            cwd=mine,
            env=os.environ | go_environment(go.path),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for name in ("VMContext", "PluginContext", "HttpContext", "TcpContext")
    )
    written = {
        match["name"]: match["parameters"].replace("PeerType", "types.PeerType").strip()
        for match in re.finditer(
            r"^\s+(?P<name>(?:On|New)\w+)\((?P<parameters>.*?)\)", shown, re.MULTILINE
        )
    }
    assert written == HOOKS


def test_the_whole_filter_beside_its_parts_is_marked_where_it_was_pasted(mine: Path) -> None:
    pasted = (mine / "contexts.go").read_text("utf-8")
    shown = save_go("mine/tick.go", pasted)
    assert isinstance(shown, Source)
    assert set(shown.problems) == {6, 10, 16, 22, 27}
    assert "vmContext redeclared in this block" in shown.problems[6]
    assert "contexts.go:6:6" in shown.problems[6]
    assert "take it out of one of the two files" in shown.text
    with pytest.raises(CompileError) as caught:  # TinyGo gives the second place another line
        compile_filter(mine, mine / "x.wasm")
    assert "other declaration of vmContext" in str(caught.value)
    assert "take it out of one of the two files" in caught.value.hint


@pytest.mark.parametrize("declared", ["func helper() {}", "var helper = 1", "type helper struct{}"])
def test_a_file_that_a_slip_in_its_name_made_is_named(mine: Path, declared: str) -> None:
    source = f"package main\n\n{declared}\n"
    save_go("mine/helpers.go", source)
    shown = save_go("mine/helper.go", source)
    assert "It stands in `helpers.go` as well" in shown.text
    assert "delete it" in shown.text


def test_the_file_just_written_comes_first(mine: Path) -> None:
    (mine / "contexts.go").write_text("package main\n\nvar a = b\n", encoding="utf-8")
    (mine / "tick.go").write_text("package main\n\nvar c = d\n", encoding="utf-8")
    problem = compile_problem(mine, "tick.go")
    assert problem is not None
    assert [one.file for one in problem.problems][:2] == ["tick.go", "contexts.go"]
    shown = save_go("mine/tick.go", "package main\n\nvar c = d\n")
    assert "contexts.go:3:9: undefined: b" in shown.text  # and the other is not lost


def test_a_command_that_go_proposes_is_the_hint(mine: Path) -> None:
    said = (
        "main.go:3:8: missing go.sum entry for module providing package a.b/c; to add:\n"
        "\tgo get filters/mine\n"
        "go: more about it\n"
    )
    error = compile_failure(subprocess.CompletedProcess([], 1, "", said), mine, "Go")
    assert error.hint == "go get filters/mine"
    assert "go get filters/mine" in error.quote
    assert "go: more about it" in error.quote


def test_a_go_that_is_too_old_is_said(mine: Path) -> None:
    go_mod = mine.parent / "go.mod"
    copied = mine.parent.parent / "own"
    copied.mkdir()
    (copied / "go.mod").write_text(go_mod.read_text("utf-8").replace("go 1.24", "go 1.99"))
    (copied / "go.sum").write_text((mine.parent / "go.sum").read_text("utf-8"))
    for file in mine.glob("*.go"):
        (copied / file.name).write_text(file.read_text("utf-8"))
    problem = compile_problem(copied)
    assert problem is not None
    assert "requires go >= 1.99" in problem.quote
    assert "write `go 1.24` into go.mod" in problem.hint


def test_lines_without_a_place_and_said_twice_are_read(tmp_path: Path) -> None:
    said = read_problems(
        "# p\nx.go:1:2: one\n\thave a\nx.go:1:2: two\nx.go:1:2: two\nrest", tmp_path
    )
    assert [one.message for one in said.problems] == ["one\nhave a", "two"]
    assert said.rest == "rest"
