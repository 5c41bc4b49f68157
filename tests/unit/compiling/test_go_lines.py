"""The line of Go that a panic comes from: only one that is certain, and of the filter's own."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.dwarf_calls import Unit, read_units
from lab_helpers.compiling.go_lines import GoLine, go_line, own_line
from lab_helpers.compiling.modules import Module
from lab_helpers.compiling.wasm_sections import CODE, sections
from tests.failing import failing


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    folder = failing(tmp_path_factory.mktemp("failing"))
    target = folder.parents[1] / "lines.wasm"
    return compile_filter(folder, target, reuse=True, debug_info=True)


def test_the_innermost_line_of_the_filters_own_is_told(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module mine\n")
    (tmp_path / "tick.go").write_text("package main\n\tpanic(1)\n")
    places = [
        ("/go/src/runtime/panic.go", 81),
        ("", 0),
        (f"{tmp_path}/tick.go", 0),
        (f"{tmp_path}/tick.go", 2),
        (f"{tmp_path}/other.go", 9),
    ]
    assert own_line(places, tmp_path) == GoLine("tick.go", 2, "panic(1)")
    assert own_line(places[:3], tmp_path) is None
    # TinyGo's image sees the folder elsewhere; a file that has gone or is shorter has no text.
    assert own_line([("/src/tick.go", 2)], tmp_path) == GoLine("tick.go", 2, "panic(1)")
    assert own_line([(f"{tmp_path}/gone.go", 3)], tmp_path) == GoLine("gone.go", 3)
    assert own_line([(f"{tmp_path}/tick.go", 99)], tmp_path) == GoLine("tick.go", 99)
    assert own_line([(f"{tmp_path}-other/tick.go", 2)], tmp_path) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("panic(1)", "at tick.go:2"),
        ("func f() { panic(1) }", "at tick.go:2"),
        ("", "at tick.go:2"),
        ("func (plugin *pluginContext) OnTick() {", "in the function that begins at tick.go:2"),
        ("proxywasm.X(func(int) {", "in the function that begins at tick.go:2"),
    ],
)
def test_a_functions_head_is_not_told_as_the_very_line(text: str, place: str) -> None:
    assert GoLine("tick.go", 2, text).place == place


def test_each_line_of_its_own_that_the_module_has_is_one_of_the_source(module: Module) -> None:
    content = module.path.read_bytes()
    parts = list(sections(content))
    code = next(part for part in parts if part.kind == CODE)
    units = read_units({part.name: part.content for part in parts if part.name})
    assert module.folder is not None
    length = len((module.folder / "response.go").read_text().splitlines())
    told = {
        (line.file, line.line)
        for offset in range(code.offset, code.offset + len(code.content), 7)
        if (line := go_line_of(module, units, offset - code.offset)) is not None
    }
    lines = {line for file, line in told if file == "response.go"}
    assert len(lines) > 10
    assert max(lines) <= length
    assert {file for file, _ in told} <= {file.name for file in module.folder.glob("*.go")}


def go_line_of(module: Module, units: list[Unit], address: int) -> GoLine | None:
    assert module.folder is not None
    return own_line((place for unit in units for place in unit.places(address)), module.folder)


def test_where_there_is_nothing_to_read_there_is_no_line(module: Module, tmp_path: Path) -> None:
    assert go_line(module, ()) is None
    assert go_line(dataclasses.replace(module, folder=None), (1, 2)) is None
    assert go_line(dataclasses.replace(module, path=tmp_path / "gone.wasm"), (1, 2)) is None
    content = module.path.read_bytes()
    for cut in (9, len(content) // 2, len(content) - 7):
        file = tmp_path / "cut.wasm"
        file.write_bytes(content[:cut])
        assert go_line(dataclasses.replace(module, path=file), (5000,)) is None


def test_a_usual_module_has_no_lines(module: Module, tmp_path: Path) -> None:
    assert module.folder is not None
    usual = compile_filter(module.folder, tmp_path / "usual.wasm", reuse=True)
    assert "-no-debug" in usual.command
    assert "-no-debug" not in module.command
    assert all(go_line(usual, (offset,)) is None for offset in range(0, usual.bytes, 97))
