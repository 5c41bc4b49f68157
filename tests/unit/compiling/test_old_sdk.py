"""A filter for the SDK's former home is known as such, whatever the compiler would say of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lab_helpers.commands.cli import app
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.old_sdk import old_sdk_failure
from lab_helpers.errors import CompileError
from lab_helpers.lessons.cells.go_cells import save_go
from lab_helpers.lessons.cells.workspace import start_filter

OLD = "github.com/tetratelabs/proxy-wasm-go-sdk"
MAIN = f"""package main

import (
	"{OLD}/proxywasm"
	"{OLD}/proxywasm/types"
)

func main() {{
	proxywasm.SetVMContext(&vmContext{{}})
}}

type vmContext struct{{ types.DefaultVMContext }}
"""


def written(folder: Path, go_mod: str, main: str = MAIN) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text(go_mod, encoding="utf-8")
    (folder / "main.go").write_text(main, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("required", "version"),
    [
        (f"require {OLD} v0.14.0\n", " 0.14"),
        (f"require (\n\t{OLD} v0.23.0\n)\n", " 0.23"),
        (f"require {OLD} v0.24.0\n", " 0.24"),  # compiles, and Envoy refuses it: it is in main()
        ("", ""),
    ],
)
def test_it_is_said_before_anything_is_compiled(
    tmp_path: Path, required: str, version: str
) -> None:
    folder = written(tmp_path / "theirs", f"module theirs\n\ngo 1.17\n\n{required}")
    with pytest.raises(CompileError) as caught:
        compile_filter(folder, tmp_path / "x.wasm")
    error = caught.value
    assert error.what == (
        f"The filter theirs is written for the old SDK (tetratelabs/proxy-wasm-go-sdk{version})."
    )
    assert "`lab adopt` brings" in error.hint
    assert [(one.file, one.line) for one in error.problems] == [("main.go", 4), ("main.go", 5)]
    assert '"github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm/types"' in error.quote
    assert not (tmp_path / "x.wasm").exists()


def test_the_command_says_it_too(tmp_path: Path) -> None:
    folder = written(tmp_path / "theirs", f"module theirs\n\nrequire {OLD} v0.14.0\n")
    result = CliRunner().invoke(app, ["build", str(folder)])
    assert isinstance(result.exception, CompileError)
    assert "the old SDK (tetratelabs/proxy-wasm-go-sdk 0.14)" in str(result.exception)


def test_the_last_of_them_is_left_to_the_compiler_where_it_registers_in_init(
    tmp_path: Path,
) -> None:
    main = MAIN.replace("func main() {", "func main() {}\n\nfunc init() {")
    last = f"module theirs\n\nrequire {OLD} v0.24.0\n"
    assert old_sdk_failure(written(tmp_path / "a", last, main)) is None
    assert old_sdk_failure(written(tmp_path / "b", last.replace("24", "22"), main)) is not None


def test_another_module_of_the_same_people_is_none_of_it(tmp_path: Path) -> None:
    main = f"// was {OLD}\npackage main\n\nfunc main() {{}}\n"
    other = "module mine\n\nrequire github.com/tetratelabs/wazero v1.7.2\n"
    assert old_sdk_failure(written(tmp_path / "a", other, main)) is None
    indirect = f"module mine\n\nrequire {OLD} v0.14.0 // indirect\n"
    assert old_sdk_failure(written(tmp_path / "b", indirect, main)) is None


def test_the_import_in_a_cell_is_marked(work: Path) -> None:
    start_filter("mine")
    cell = f'package main\n\nimport "{OLD}/proxywasm"\n\nvar log = proxywasm.LogInfo\n'
    text = save_go("mine/tick.go", cell).text
    assert "✗ mine/tick.go is saved. The filter mine is written for the old SDK" in text
    assert '> 3  import "github.com/tetratelabs' in text
    assert 'today it is "github.com/proxy-wasm/proxy-wasm-go-sdk/proxywasm"' in text
    assert "`lab adopt` brings a whole filter over" in text
