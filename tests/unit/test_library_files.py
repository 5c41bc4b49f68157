"""Shared libraries as their bytes show them: real ones of gcc's, and what is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lab_helpers.compiling.modules import read_module
from lab_helpers.errors import ConfigurationError
from lab_helpers.library_files import ENTRY, is_library, library_fault, read_library
from tests.dynamic_modules import ADDING, build_c


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_c(tmp_path_factory.mktemp("c"), ADDING)


def test_somebodys_own_library_is_read(library: Path) -> None:
    assert library_fault(library) is None
    names = read_library(library)
    assert ENTRY in names.offers
    assert "envoy_dynamic_module_callback_log" in names.wants
    module = read_module(library)
    assert module.library
    assert module.name == "libother"
    assert "envoy_dynamic_module_callback_log" in module.imports
    assert "envoy_dynamic_module_on_http_filter_new" in module.exports


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty: it has 0 bytes"),
        (b"text, and no more\n", "is no shared library"),
        (b"\0asm\1\0\0\0", "is no shared library, but a Wasm module"),
        (b"<html>", "is no shared library, but a page of HTML or XML"),
        (b"MZ\x90\0", "is no shared library, but a library for Windows"),
        (b"\x7fELF\2\1\1\0", "is cut short: it has 8 bytes"),
    ],
)
def test_what_is_no_library_is_said(tmp_path: Path, content: bytes, what: str) -> None:
    file = tmp_path / "libnative.so"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        read_module(file)
    assert caught.value.what == f"{file} {what}."
    assert caught.value.hint.startswith("build it: lab build native --output")


def _altered(library: Path, folder: Path, at: int, to: bytes) -> Path:
    content = bytearray(library.read_bytes())
    content[at : at + len(to)] = to
    file = folder / "libaltered.so"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("at", "to", "what"),
    [
        (18, b"\xb7\0", "is for another machine: aarch64"),
        (18, b"\xf3\0", "is for another machine: riscv64"),
        (18, b"\x99\x99", "is for another machine: machine 39321"),
        (4, b"\1", r"is for another machine: x86_64 \(32 bits\)"),
        (4, b"\1\2", r"is for another machine: machine 15872 \(32 bits\)"),
        (16, b"\1\0", "is a program or an object, not a shared library"),
    ],
)
def test_a_library_for_another_machine_is_refused(
    library: Path, tmp_path: Path, at: int, to: bytes, what: str
) -> None:
    with pytest.raises(ConfigurationError, match=what):
        read_module(_altered(library, tmp_path, at, to))


def test_a_library_that_is_cut_short_is_refused(library: Path, tmp_path: Path) -> None:
    content = library.read_bytes()
    for share in (0.3, 0.9):
        file = tmp_path / "libcut.so"
        file.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ConfigurationError, match="is cut short"):
            read_module(file)


def test_a_damaged_table_of_names_is_said(library: Path, tmp_path: Path) -> None:
    # The table of sections stays, and what it says is wrong.
    begin = int.from_bytes(library.read_bytes()[40:48], "little")
    content = bytearray(library.read_bytes())
    content[begin + 64 :] = b"\x0b" * (len(content) - begin - 64)
    file = tmp_path / "libdamaged.so"
    file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="damaged"):
        read_module(file)


@pytest.mark.parametrize(
    "source",
    [
        "int answer(void) { return 42; }",
        f'static const char* {ENTRY}(void) {{ return "v0.2.0"; }}\nint one(void) {{ return 1; }}',
        f"const char* {ENTRY}(void);\nconst char* ask(void) {{ return {ENTRY}(); }}",
    ],
)
def test_another_library_is_no_dynamic_module(tmp_path: Path, source: str) -> None:
    library = build_c(tmp_path, source)
    with pytest.raises(ConfigurationError, match="no dynamic module of Envoy's") as caught:
        read_module(library)
    assert caught.value.quote == f"it has no {ENTRY}"


def test_what_is_not_there_or_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="There is no file"):
        read_module(tmp_path / "libgone.so")
    (tmp_path / "libfolder.so").mkdir()
    with pytest.raises(ConfigurationError, match="is a folder, not a dynamic module"):
        read_module(tmp_path / "libfolder.so")


def test_a_library_is_known_by_its_bytes_too(library: Path, tmp_path: Path) -> None:
    named = tmp_path / "filter"
    named.write_bytes(library.read_bytes())
    assert is_library(named)
    assert read_module(named).library
    assert not is_library(tmp_path / "token.wasm")
    stripped = tmp_path / "libstripped.so"
    subprocess.run(["strip", "-o", str(stripped), str(library)], check=True)
    assert read_module(stripped).library
