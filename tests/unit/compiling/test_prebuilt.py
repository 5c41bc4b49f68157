"""The modules that the lab brings: made from the source beside them, and taken for no other."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from lab_helpers.commands.build import run_build
from lab_helpers.compiling.commands import chosen_compiler, command_for
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import read_module
from lab_helpers.compiling.prebuilt import prebuilt_filters, prebuilt_for, source_digest
from lab_helpers.errors import ToolchainError
from lab_helpers.folders import repository_folder

HELLO = repository_folder() / "filter" / "hello_c"


@pytest.mark.parametrize("folder", prebuilt_filters(), ids=lambda at: at.name)
def test_source_and_module_agree(folder: Path, tmp_path: Path) -> None:
    """Where it fails: `python -m lab_helpers.compiling.prebuilt` makes them anew."""
    brought = prebuilt_for(folder)
    assert brought is not None, "the source has changed since"
    made = compile_filter(folder, tmp_path / "f.wasm", toolchain="native")
    kept = read_module(brought.path)
    assert (kept.imports, kept.exports) == (made.imports, made.exports)
    compiler = chosen_compiler(None, folder)
    if command_for(compiler, folder, "native", None).version == brought.made_by:
        assert kept.sha256 == made.sha256


def test_each_language_that_not_every_machine_compiles_is_brought() -> None:
    assert {folder.name for folder in prebuilt_filters()} >= {"hello_c", "hello_rust"}


def test_a_copy_is_served_and_a_changed_one_is_not(tmp_path: Path) -> None:
    shutil.copytree(HELLO, tmp_path / "mine")
    source = tmp_path / "mine" / "hello.c"
    before = source.read_bytes()
    assert prebuilt_for(tmp_path / "mine") is not None
    source.write_bytes(before.replace(b"\n", b"\r\n"))
    assert prebuilt_for(tmp_path / "mine") is not None, "only its line ends are others"
    source.write_bytes(before + b"int a;\n")
    assert prebuilt_for(tmp_path / "mine") is None
    source.write_bytes(before)
    (tmp_path / "mine" / "more.c").write_text("")
    assert prebuilt_for(tmp_path / "mine") is None


def test_a_module_that_is_not_as_it_was_made_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(HELLO, tmp_path / "filter" / "hello_c")
    monkeypatch.setattr("lab_helpers.compiling.prebuilt.repository_folder", lambda: tmp_path)
    copy = tmp_path / "filter" / "hello_c"
    assert prebuilt_for(copy) is not None
    module = copy / "prebuilt" / "hello_c.wasm"
    module.write_bytes(module.read_bytes()[:-1] + b"?")
    assert prebuilt_for(copy) is None


def test_who_asks_for_a_compiler_is_given_no_other_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compile_filter(HELLO, tmp_path / "f.wasm").prebuilt
    with pytest.raises(ToolchainError, match="no clang"):
        compile_filter(HELLO, tmp_path / "f.wasm", compiler="clang")
    with pytest.raises(ToolchainError, match="no Rust"):
        compile_filter("hello_rust", tmp_path / "f.wasm", compiler="cargo")
    monkeypatch.setenv("LAB_CLANG", str(tmp_path / "none"))
    with pytest.raises(ToolchainError, match="LAB_CLANG names no clang"):
        compile_filter(HELLO, tmp_path / "f.wasm")


def test_lab_build_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = io.StringIO()
    run_build(
        Console(file=said),
        Console(file=io.StringIO()),
        HELLO,
        tmp_path / "f.wasm",
        compiler=None,
        toolchain=None,
        image=None,
        keep_exports=False,
        as_json=False,
    )
    assert "the module that the lab brings, made by clang" in said.getvalue()


def test_a_name_that_the_folder_has_is_part_of_no_digest(tmp_path: Path) -> None:
    shutil.copytree(HELLO, tmp_path / "another")
    assert source_digest(tmp_path / "another") == source_digest(HELLO)
    note = json.loads((HELLO / "prebuilt" / "note.json").read_text())
    assert note["source"] == source_digest(HELLO)
