"""Compile Rust for real: the module, the words of rustc and of Cargo, and what to try."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.errors import CompileError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.toolchain.rust import find_rust
from tests.conftest import TellFault

HELLO = repository_folder() / "filter" / "hello_rust"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the filter, to break."""
    shutil.copytree(HELLO, tmp_path / "mine")
    return tmp_path / "mine"


def test_the_module_is_made_by_the_command_that_is_shown_and_holds_no_path(tmp_path: Path) -> None:
    module = compile_filter(HELLO, tmp_path / "f.wasm")
    assert module.compiler == "cargo"
    assert "proxy_on_response_headers" in module.exports
    content = module.path.read_bytes()
    assert b"crates/proxy-wasm-" in content
    for place in (Path.home(), repository_folder(), find_rust().root / "lib"):
        assert f"{place}/".encode() not in content
    by_hand = module.shell_line.replace("f.wasm", "by-hand.wasm")
    subprocess.run(["bash", "-c", by_hand], check=True, capture_output=True)
    assert (tmp_path / "by-hand.wasm").read_bytes() == content


def test_a_copy_is_never_given_for_its_original(copy: Path, tmp_path: Path) -> None:
    original = compile_filter(HELLO, tmp_path / "a.wasm")
    source = copy / "src" / "lib.rs"
    source.write_text(source.read_text().replace("hello from wasm", "hello from a copy"))
    assert b"hello from a copy" in compile_filter(copy, tmp_path / "b.wasm").path.read_bytes()
    again = compile_filter(HELLO, tmp_path / "c.wasm")
    assert b"hello from a copy" not in again.path.read_bytes()
    assert again.sha256 == original.sha256


@pytest.mark.parametrize(
    ("typed", "said", "hint"),
    [
        ("fn f() -> i32 { leve }", "cannot find value `leve`", "declare `leve` first"),
        ("fn f(x: LogLevl) {}", "similar name exists: `LogLevel`", "proposes: `LogLevel`"),
        (
            "fn f() -> Action { Action::Continu }",
            "similar name: `Continue`",
            "proposes: `Continue`",
        ),
        ("fn f() { LogLevel::Infos; }", "similar name: `Info`", "proposes: `Info`"),
        ("fn f() -> HashMap<u8, u8> { todo!() }", "E0425", "use std::collections::HashMap;"),
        ("use proxy_wasm::nothing::Here;", "could not find `nothing`", "proxy_wasm::traits"),
        ("use serde::Serialize;", "unlinked crate `serde`", "[dependencies]"),
        ("fn f() { let x = 1 let y = 2; }", "expected one of", "semicolon"),
        ("fn f() {", "unclosed delimiter", "close what was opened"),
        ('fn f() -> String { "a" }', "mismatched types", "to_string()"),
        ("fn f() { let a = String::new(); drop(a); drop(a); }", "moved value", ".clone()"),
        ("fn f() { let a = 1; a = 2; }", "immutable variable", "let mut"),
        ("impl HttpContext for Root { fn on_it(&self) {} }", "not a member", "the SDK's trait"),
        ("fn f() { Root.nothing(); }", "no method named", "proxy_wasm::traits::*"),
    ],
)
def test_a_slip_has_its_place_and_a_hint_that_fits(
    copy: Path, typed: str, said: str, hint: str
) -> None:
    source = copy / "src" / "lib.rs"
    source.write_text(f"{source.read_text()}\n{typed}\n")
    with pytest.raises(CompileError, match="cargo cannot compile mine") as caught:
        compile_filter(copy, copy.parent / "f.wasm")
    assert said in str(caught.value)
    assert hint in caught.value.hint
    first = caught.value.problems[0]
    assert (first.file, first.source_line) == ("src/lib.rs", typed)
    assert not (copy.parent / "f.wasm").exists()


@pytest.mark.parametrize(
    ("old", "new", "said", "hint"),
    [
        ('crate-type = ["cdylib"]', "", "Cargo made no module", 'crate-type = ["cdylib"]'),
        ("[package]", "[package", "Cargo.toml", "mend Cargo.toml"),
        ('edition = "2021"', 'edition = "1921"', "failed to parse", "mend Cargo.toml"),
        ('log = "0.4"', 'log = { path = "elsewhere" }', "failed to", "Cargo.toml"),
    ],
)
def test_what_is_wrong_in_cargo_toml_is_said(
    copy: Path, old: str, new: str, said: str, hint: str
) -> None:
    file = copy / "Cargo.toml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(CompileError) as caught:
        compile_filter(copy, copy.parent / "f.wasm")
    assert said in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.fault("The filter is written in Rust, changed, and there is no Rust for Wasm")
def test_without_a_rust_a_changed_filter_is_refused_and_the_labs_own_runs(
    copy: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: TellFault
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    module = compile_filter(copy, tmp_path / "f.wasm")
    assert "There is no Rust for Wasm." in module.prebuilt
    assert module.name == "mine"
    source = copy / "src" / "lib.rs"
    source.write_text(source.read_text().replace("hello from", "hello again from"))
    with pytest.raises(ToolchainError, match="no Rust for Wasm") as caught:
        compile_filter(copy, tmp_path / "f.wasm")
    assert "rustup target add wasm32-wasip1" in caught.value.hint
    fault(caught.value, kept="the lab's own modules, which it brings")


@pytest.mark.parametrize(
    ("cargo", "rustc", "said"),
    [
        ("exit 1", "exit 1", "does not say its version"),
        ("echo cargo 1.96.0", "echo /nowhere", "no standard library for wasm32-wasip1"),
        ("echo cargo 1.96.0", "exit 1", "does not say its version"),
    ],
)
def test_a_cargo_that_cannot_do_it_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cargo: str, rustc: str, said: str
) -> None:
    for name, does in (("cargo", cargo), ("rustc", rustc)):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("LAB_CARGO", str(tmp_path / "cargo"))
    with pytest.raises(ToolchainError, match="LAB_CARGO names no Rust") as caught:
        find_rust()
    assert said in caught.value.quote
