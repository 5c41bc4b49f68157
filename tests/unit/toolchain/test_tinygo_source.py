"""The build from source: the target that it makes, and what it asks of the system."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain import Go, tinygo_source
from lab_helpers.toolchain.tinygo import TINYGO_VERSION
from lab_helpers.toolchain.tinygo_source import PACKAGES, build_tinygo

# TinyGo 0.41.1's own, shortened.
TARGET: dict[str, object] = {
    "llvm-target": "wasm32-unknown-wasi",
    "features": "+bulk-memory,+bulk-memory-opt,+call-indirect-overlong,+sign-ext,-multivalue",
    "linker": "wasm-ld",
    "libc": "wasi-libc",
    "rtlib": "compiler-rt",
    "scheduler": "asyncify",
    "cflags": ["-mbulk-memory"],
    "ldflags": ["--stack-first", "--no-demangle"],
    "extra-files": ["src/runtime/asm_tinygowasm.S", "src/runtime/gc_boehm.c"],
}
GO = Go(Path("go"), "1.26.6", "PATH")


def build(tmp_path: Path) -> ToolchainError:
    """Try to build without LLVM; return the refusal."""
    with pytest.raises(ToolchainError) as caught:
        build_tinygo(tmp_path / "scratch" / "root", GO, tmp_path / "log", lambda _text: None)
    return caught.value


@pytest.fixture
def without_llvm(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(tinygo_source, "NEEDED_FILES", (Path("/nowhere/libc.a"),))
    return monkeypatch


def test_without_root_the_exact_command_is_given(
    without_llvm: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    without_llvm.setattr("os.geteuid", lambda: 1000)
    without_llvm.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    error = build(tmp_path)
    assert "only root" in error.what
    assert "sudo apt-get install" in error.hint
    assert all(package in error.hint for package in PACKAGES)


def test_without_apt_another_way_is_given(without_llvm: pytest.MonkeyPatch, tmp_path: Path) -> None:
    without_llvm.setattr("shutil.which", lambda _name: None)
    error = build(tmp_path)
    assert "no Debian or Ubuntu" in error.what
    assert "PATH" in error.hint


def test_a_step_that_fails_is_quoted_and_its_log_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(ToolchainError, match="A step of TinyGo's build failed") as caught:
        tinygo_source._run(["sh", "-c", "echo no such package >&2; exit 100"], log, {})  # noqa: SLF001
    assert "no such package" in caught.value.quote
    assert str(log) in caught.value.hint
    assert "no such package" in log.read_text()


def test_the_pins_are_of_the_version_that_is_built() -> None:
    folder = Path(tinygo_source.__file__).parent / "tinygo_module"
    wanted = f"github.com/tinygo-org/tinygo v{TINYGO_VERSION}"
    assert wanted in (folder / "go.mod").read_text()
    pins = (folder / "go.sum").read_text().splitlines()
    assert any(line.startswith(f"{wanted} h1:") for line in pins)


def test_a_persons_own_settings_reach_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its flags stay; that the person builds for another machine does not make a TinyGo for it."""
    monkeypatch.setattr(tinygo_source, "NEEDED_FILES", ())
    monkeypatch.setenv("GOFLAGS", "-p=1 -mod=vendor")
    monkeypatch.setenv("GOOS", "wasip1")
    go = tmp_path / "go"
    go.write_text('#!/bin/sh\necho "$GOFLAGS, $GOOS"\nexit 1\n')
    go.chmod(0o755)
    (tmp_path / "scratch").mkdir()
    with pytest.raises(ToolchainError, match="step of TinyGo's build failed"):
        build_tinygo(
            tmp_path / "scratch" / "root",
            Go(go, "1.26.6", "PATH"),
            tmp_path / "log",
            lambda _text: None,
        )
    said = (tmp_path / "log").read_text()
    assert f"-p=1 -mod=readonly -buildvcs=false, {platform.system().lower()}\n" in said


def test_a_go_that_cannot_be_run_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tinygo_source, "NEEDED_FILES", ())
    (tmp_path / "scratch").mkdir()
    gone = Go(tmp_path / "gone", "1.26.6", "PATH")
    with pytest.raises(ToolchainError, match="gone cannot be run"):
        build_tinygo(tmp_path / "scratch" / "root", gone, tmp_path / "log", lambda _text: None)
