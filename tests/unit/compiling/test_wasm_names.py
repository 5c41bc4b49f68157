"""Names of imports and exports: the same as wasmtime reads, for modules of each kind."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from lab_helpers.compiling.wasm_names import export_entries, imported_names
from lab_helpers.folders import repository_folder

EACH_KIND = """(module
  (import "a" "f" (func (param i32)))
  (import "a" "t" (table 1 funcref))
  (import "a" "t2" (table 1 200 externref))
  (import "b" "m" (memory 1 300))
  (import "b" "g" (global i64))
  (import "b" "g2" (global (mut f32)))
  (import "c" "last" (func))
  (func (export "one"))
  (memory (export "two") 1)
  (global (export "three") i32 (i32.const 300)))"""
BROUGHT = sorted((repository_folder() / "filter").glob("*/prebuilt/*.wasm"))


def same_as_wasmtime(content: bytes) -> None:
    parsed = wasmtime.Module(wasmtime.Engine(), content)
    assert imported_names(content) == tuple(f"{one.module}.{one.name}" for one in parsed.imports)
    assert [name for name, _ in export_entries(content)] == [one.name for one in parsed.exports]


@pytest.mark.parametrize("text", ["(module)", EACH_KIND], ids=["nothing", "each kind"])
def test_each_kind_is_read(text: str) -> None:
    same_as_wasmtime(bytes(wasmtime.wat2wasm(text)))


@pytest.mark.parametrize("file", BROUGHT, ids=lambda file: file.stem)
def test_what_the_lab_brings_is_read(file: Path) -> None:
    same_as_wasmtime(file.read_bytes())
