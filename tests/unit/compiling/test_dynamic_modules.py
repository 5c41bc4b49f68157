"""Dynamic modules from Go: built by the real compilers, and refused where they cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.errors import CompileError, ConfigurationError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.languages import language_of
from lab_helpers.lessons.shown.module_tables import show_interface
from lab_helpers.toolchain.cgo import find_cgo_compiler
from tests.conftest import TellFault
from tests.dynamic_modules import needs_gcc

NATIVE = repository_folder() / "filter" / "native"


@pytest.fixture(autouse=True, scope="module")
def gcc() -> None:
    """Leave these tests out where there is no C compiler."""
    needs_gcc()


def test_the_labs_own_is_built_and_read(tmp_path: Path) -> None:
    module = compile_filter("native", tmp_path / "libnative.so", reuse=True)
    assert module.library
    assert (module.name, module.compiler) == ("native", "go")
    assert module.path.read_bytes().startswith(b"\x7fELF")
    assert [file.name for file in tmp_path.iterdir()] == ["libnative.so"]  # and no header of C
    assert "CGO_ENABLED=1" in module.shell_line
    assert "-buildmode=c-shared -tags=dynamic_module" in module.shell_line
    assert "envoy_dynamic_module_on_http_filter_response_headers" in module.exports
    assert "envoy_dynamic_module_callback_http_set_header" in module.imports
    assert "is a dynamic module, not Wasm" in show_interface(module).title
    again = compile_filter("native", tmp_path / "libnative.so", reuse=True)
    assert again.reused
    assert again.sha256 == module.sha256


def test_only_it_is_one() -> None:
    assert language_of(NATIVE) == "native"
    for name in ("token", "crash", "hello", "service"):
        assert language_of(NATIVE.parent / name) == "go"


def test_its_problems_have_their_lines(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(NATIVE, folder)
    main = folder / "filter.go"
    main.write_text(main.read_text().replace("f.ticks++", "f.tickss++"), encoding="utf-8")
    with pytest.raises(CompileError) as caught:
        compile_filter(folder, tmp_path / "out.so")
    assert caught.value.problems[0].file == "filter.go"
    assert "tickss" in caught.value.problems[0].message
    (folder / "abi.h").write_text("int broken(\n", encoding="utf-8")
    with pytest.raises(CompileError) as caught:
        compile_filter(folder, tmp_path / "out.so")
    assert "abi.h" in str(caught.value)
    assert not (tmp_path / "out.so").exists()


@pytest.mark.fault("A dynamic module is to be built, and there is no C compiler")
def test_without_a_c_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match="no C compiler on PATH") as caught:
        compile_filter("native", tmp_path / "libnative.so")
    fault(caught.value, kept="the Wasm filters")


@pytest.mark.parametrize(
    ("variable", "value", "what"),
    [
        ("CGO_ENABLED", "0", "cgo is switched off"),
        ("CC", "there-is-no-such-cc", "that the variable CC names is not there"),
        ("CC", "/no/such/gcc -O2", "that the variable CC names is not there"),
    ],
)
def test_what_a_persons_own_variables_forbid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, what: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ToolchainError, match=what) as caught:
        compile_filter("native", tmp_path / "libnative.so")
    assert caught.value.quote == f"{variable}={value}"


def test_another_compiler_is_taken_where_there_is_no_gcc(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CC", raising=False)
    gcc = shutil.which("gcc")
    assert gcc
    (tmp_path / "clang").symlink_to(gcc)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_cgo_compiler() == "clang"


def test_on_another_system_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for system in ("darwin", "win32"):
        with pytest.raises(ToolchainError, match=rf"this system \({system}\) makes none"):
            find_cgo_compiler(system)


def test_not_in_docker_and_not_over_something_else(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="In Docker the lab compiles Go, with TinyGo"):
        compile_filter("native", tmp_path / "libnative.so", toolchain="docker")
    kept = tmp_path / "thesis.txt"
    kept.write_text("years of work", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is no shared library, and would be lost"):
        compile_filter("native", kept)
    assert kept.read_text(encoding="utf-8") == "years of work"
