"""Compile C for real: the module, the words of clang and of its linker, and what to try."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from lab_helpers.compiling.cache import build_key
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.errors import CompileError, ConfigurationError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.toolchain.clang import find_c_compiler
from tests.conftest import TellFault

HELLO = repository_folder() / "filter" / "hello_c"
COPIES = (
    "void *memcpy(void *, const void *, size_t); static char a[9]; static size_t n;"
    " memcpy(a, a + 1, n++); return a[0];"
)
APPLES = "[ $1 = --version ] && echo Apple clang version 17.0.0 || echo '  aarch64 - AArch64'"
WITHOUT_LINKER = (
    "case $1 in --version) echo clang version 19.1.7;; --print-targets) echo '  wasm32 - 32-bit';;"
    " *) echo wasm-ld-that-is-not-here;; esac"
)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the filter, to break."""
    shutil.copytree(HELLO, tmp_path / "mine")
    return tmp_path / "mine"


def test_the_smallest_filter_is_some_hundred_bytes_and_by_the_command_that_is_shown(
    tmp_path: Path,
) -> None:
    module = compile_filter(HELLO, tmp_path / "f.wasm")
    assert module.compiler == "clang"
    assert module.bytes < 1000
    assert module.imports == ("env.proxy_log", "env.proxy_replace_header_map_value")
    assert "proxy_on_response_headers" in module.exports
    assert "memory" in module.exports
    by_hand = module.shell_line.replace("f.wasm", "by-hand.wasm")
    subprocess.run(["bash", "-c", by_hand], check=True)
    assert (tmp_path / "by-hand.wasm").read_bytes() == module.path.read_bytes()


def test_an_unchanged_filter_is_taken_from_the_cache_and_a_changed_one_is_not(copy: Path) -> None:
    output = copy.parent / "f.wasm"
    (copy / "more.c").write_text(f"int a{uuid.uuid4().hex};\n")  # nobody has compiled this one
    assert not compile_filter(copy, output, reuse=True).reused
    assert compile_filter(copy, output, reuse=True).reused
    (copy / "more.c").write_text(f"int b{uuid.uuid4().hex};\n")
    assert not compile_filter(copy, output, reuse=True).reused


@pytest.mark.parametrize("line", ['#include "../abi.h"', "#  include </usr/include/abi.h>"])
def test_what_is_read_from_elsewhere_is_never_taken_from_the_cache(copy: Path, line: str) -> None:
    assert build_key(copy, ("clang",), "19")
    (copy / "hello.c").write_text(f"{line}\n{(HELLO / 'hello.c').read_text()}")
    assert build_key(copy, ("clang",), "19") is None


@pytest.mark.parametrize(
    ("typed", "said", "hint"),
    [
        ("int f(void) { return 1 }", "expected ';'", "semicolon"),
        ("int f(void) { return 1;", "expected '}'", "close what was opened"),
        ("int f(void) { return leve; }", "undeclared identifier 'leve'", "int leve;"),
        ("int f(void) { return LEVEL_INF; }", "did you mean 'LEVEL_INFO'", "`LEVEL_INFO` instead"),
        ("int f(void) { return g(); }", "undeclared function 'g'", "above its first use"),
        ("int g(void); int f(void) { return g(); }", "undefined symbol: g", "declare `g`"),
        (f"int f(void) {{ {COPIES} }}", "undefined symbol: memcpy", "no C library"),
        ("int proxy_a(int); int f(void) { return proxy_a(1); }", "proxy_a", "import_module"),
        ("#include <stdio.h>", "'stdio.h' file not found", "leave <stdio.h> out"),
        ("bool f(void) { return 0; }", "unknown type name 'bool'", "<stdbool.h>"),
        ("int f(void) { return true; }", "identifier 'true'", "<stdbool.h>"),
        ("int f(void) { int a = 1; return 0; }", "unused variable 'a'", "take it out"),
        ("int f(void) { }", "does not return a value", "every way"),
        ('int f(void) { return proxy_log(2, "a"); }', "too few arguments", "its declaration"),
    ],
)  # fmt: skip
def test_a_slip_has_its_place_and_a_hint_that_fits(
    copy: Path, typed: str, said: str, hint: str
) -> None:
    # What nobody calls, the linker leaves out: Envoy could call this.
    text = typed.replace(" f(void)", ' __attribute__((export_name("f"))) f(void)', 1)
    lines = (copy / "hello.c").read_text().splitlines()
    (copy / "hello.c").write_text("\n".join([*lines, text, ""]))
    with pytest.raises(CompileError, match="clang cannot compile mine") as caught:
        compile_filter(copy, copy.parent / "f.wasm")
    assert said in str(caught.value)
    assert hint in caught.value.hint
    if "undefined symbol" not in str(caught.value):
        first = caught.value.problems[0]
        assert (first.file, first.source_line) == ("hello.c", text)
    assert " | " not in "".join(one.message for one in caught.value.problems)
    assert not (copy.parent / "f.wasm").exists()


@pytest.mark.fault("The filter is written in C, and there is no clang")
def test_where_there_is_no_compiler_the_error_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    shutil.copytree(HELLO, tmp_path / "mine")
    assert "There is no clang" in compile_filter(tmp_path / "mine", tmp_path / "f.wasm").prebuilt
    (tmp_path / "mine" / "more.c").write_text("int a;\n")  # no longer what the lab brings
    with pytest.raises(ToolchainError, match="no clang that makes Wasm") as caught:
        compile_filter(tmp_path / "mine", tmp_path / "f.wasm")
    assert "apt install clang lld" in caught.value.hint
    fault(caught.value, kept="filters in Go compile as ever")


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("echo 'gcc (Debian) 12.2.0'", "is no clang"),
        (APPLES, "has no target wasm32"),
        (WITHOUT_LINKER, "has no linker"),
        ("exit 1", "is no clang"),
    ],
)  # fmt: skip
def test_a_program_that_cannot_do_it_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, said: str
) -> None:
    clang = tmp_path / "clang"
    clang.write_text(f"#!/bin/sh\n{program}\n")
    clang.chmod(0o755)
    monkeypatch.setenv("LAB_CLANG", str(clang))
    with pytest.raises(ToolchainError, match="LAB_CLANG names no clang") as caught:
        find_c_compiler()
    assert said in caught.value.quote


@pytest.mark.parametrize(
    ("folder", "compiler", "said"),
    [("hello_c", "tinygo", "in C, which tinygo"), ("hello", "clang", "in Go, which clang")],
)
def test_a_compiler_of_another_language_is_refused(
    tmp_path: Path, folder: str, compiler: str, said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        compile_filter(folder, tmp_path / "f.wasm", compiler=compiler)  # type: ignore[arg-type]
    assert "leave the compiler out" in caught.value.hint


def test_the_toolchain_that_the_environment_names_is_gos_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_TOOLCHAIN", "docker")
    assert compile_filter(HELLO, tmp_path / "f.wasm").compiler == "clang"
    with pytest.raises(ConfigurationError, match="In Docker the lab compiles Go"):
        compile_filter(HELLO, tmp_path / "f.wasm", toolchain="docker")
