"""Constants of a module: read where they stand, and never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
import wasmtime

from lab_helpers.compiling.literals import Literals, read_literals
from lab_helpers.compiling.wasm_sections import Cursor, sections


def module(folder: Path, text: str) -> Path:
    file = folder / "made.wasm"
    file.write_bytes(wasmtime.wat2wasm(text))
    return file


def test_a_constant_is_read_whole_or_in_part(tmp_path: Path) -> None:
    file = module(tmp_path, '(module (memory 2) (data (i32.const 70000) "x-wasm-filterhello"))')
    literals = read_literals(file)
    assert literals.at(70000, 13) == "x-wasm-filter"
    assert literals.at(70013, 5) == "hello"


@pytest.mark.parametrize(
    ("pointer", "length"),
    [
        (69999, 5),
        (70014, 5),
        (70018, 1),
        (71000, 4),
        (70000, 0),
        (0, 10),
        (70000, -1),
        (70000, 300),
    ],
)
def test_what_lies_beside_a_constant_is_none(tmp_path: Path, pointer: int, length: int) -> None:
    file = module(tmp_path, '(module (memory 2) (data (i32.const 70000) "x-wasm-filterhello"))')
    assert read_literals(file).at(pointer, length) == ""


def test_a_text_over_two_segments_is_none_even_where_they_touch(tmp_path: Path) -> None:
    text = '(module (memory 2) (data (i32.const 100) "x-au") (data (i32.const 104) "th"))'
    literals = read_literals(module(tmp_path, text))
    assert literals.at(100, 4) == "x-au"
    assert literals.at(100, 6) == ""


@pytest.mark.parametrize("content", [r"x\00auth", r"x\ffauth", r"x\1bauth", r"\c3\a4auth"])
def test_what_cannot_be_printed_is_none(tmp_path: Path, content: str) -> None:
    file = module(tmp_path, f'(module (memory 2) (data (i32.const 100) "{content}"))')
    assert read_literals(file).at(100, 6) == ""


def test_a_segment_whose_place_is_only_known_as_it_runs_is_none(tmp_path: Path) -> None:
    text = """(module (import "env" "base" (global i32)) (memory 2)
        (data (global.get 0) "moved!") (data "passive") (data (i32.const 200) "placed"))"""
    literals = read_literals(module(tmp_path, text))
    assert literals.at(200, 6) == "placed"
    assert literals.at(0, 6) == ""


def test_what_a_program_may_write_over_is_none(tmp_path: Path) -> None:
    text = (
        '(module (memory 2) (data $.data (i32.const 100) "changes") (data (i32.const 200) "stays"))'
    )
    file = module(tmp_path, text)
    names = b"\x01\x00\x05.data"
    part = b"\x04name\x09" + bytes([len(names)]) + names
    bare = file.read_bytes()
    kept = b"".join(
        bytes([each.kind, len(each.content)]) + each.content
        for each in sections(bare)
        if each.kind != 0
    )
    file.write_bytes(bare[:8] + kept + bytes([0, len(part)]) + part)
    literals = read_literals(file)
    assert literals.at(200, 5) == "stays"
    assert literals.at(100, 7) == ""


@pytest.mark.parametrize(
    "content", [b"", b"\0asm\1\0\0\0\x0b\x7f", b"\0asm\1\0\0\0\x0b\x02\x01\x07"]
)
def test_a_file_that_is_cut_off_has_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "cut.wasm"
    file.write_bytes(content)
    assert read_literals(file).at(100, 4) == ""
    assert read_literals(tmp_path / "gone.wasm").at(100, 4) == ""


def test_without_segments_there_is_nothing() -> None:
    assert Literals().at(1, 1) == ""


def test_numbers_have_their_sign() -> None:
    assert Cursor(b"\x7f").signed() == -1
    assert Cursor(b"\xff\x00").signed() == 127
    assert Cursor(b"\x80\x80\x04").unsigned() == 65536
