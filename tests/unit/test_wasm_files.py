"""A file that is no module is told by what it is, with the command that makes a module there."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
import wasmtime

from lab_helpers.wasm_files import how_to_make, module_fault

MODULE = bytes(
    wasmtime.wat2wasm('(module (memory (export "memory") 1) (data (i32.const 0) "0123456789"))')
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty: it has 0 bytes"),
        (MODULE[:4], "is cut short: it has 4 bytes"),
        (MODULE[:-3], "is cut short: its last section should end at byte"),
        (MODULE[:9], "is cut short: it ends within a section's length"),
        (b"just words", "is no Wasm module."),
        (gzip.compress(MODULE), "but packed with gzip"),
        (b"<!DOCTYPE html>", "but a page of HTML"),
        (b"\x7fELF\2\1", "but a program for this machine"),
        (b"(module)", "but WebAssembly's text format"),
        (b"package main\n", "but Go source"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        (b"\0asm\x0d\0\1\0", "a component of WASI 0.2"),
        (b"\0asm\2\0\0\0", "a version of Wasm that Envoy does not know"),
    ],
)
def test_each_file_has_words_of_its_own(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "mine.wasm"
    file.write_bytes(content)
    fault = module_fault(file)
    assert fault is not None
    assert words in fault.what
    assert str(file) in fault.what
    assert "filter/token" not in str(fault)


def test_a_module_has_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "mine.wasm"
    file.write_bytes(MODULE)
    assert module_fault(file) is None


def test_what_is_not_there_or_a_folder_is_said(tmp_path: Path) -> None:
    gone = module_fault(tmp_path / "mine.wasm")
    assert gone is not None
    assert "There is no file" in gone.what
    folder = module_fault(tmp_path)
    assert folder is not None
    assert "is a folder" in folder.what


def test_what_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_file: Path) -> bytes:  # root, who runs the tests in CI, may read everything
        raise PermissionError(13, "Permission denied")

    file = tmp_path / "mine.wasm"
    monkeypatch.setattr(Path, "read_bytes", refused)
    fault = module_fault(file)
    assert fault is not None
    assert fault.quote == "Permission denied"
    assert fault.hint == f"chmod a+r {file}"


def test_the_command_names_the_filter_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    build = tmp_path / "work" / "build"
    own = tmp_path / "work" / "filters" / "mine"
    own.mkdir(parents=True)
    (own / "main.go").write_text("package main\n")
    assert how_to_make(build / "mine.wasm") == "compile it: lab build mine"
    assert how_to_make(build / "hello-go.wasm") == "compile it: lab build hello --compiler go"
    elsewhere = tmp_path / "mine.wasm"
    assert how_to_make(elsewhere) == f"compile it: lab build mine --output {elsewhere}"
    theirs = tmp_path / "their filter"
    hint = how_to_make(tmp_path / "x.wasm", theirs)
    assert hint == f"compile it: lab build '{theirs}' --output {tmp_path / 'x.wasm'}"
    (tmp_path / "other.wasm").write_bytes(MODULE)
    assert "another that is there: other.wasm" in how_to_make(tmp_path / "x.wasm")
