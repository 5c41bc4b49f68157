"""A disk that is full, wherever the lab writes: its place is said, nothing half made is left."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from lab_helpers.compiling.commands import Compiler
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.disk import replace_file
from lab_helpers.errors import CompileError, LabError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.go_helper.building import build_go_helper
from lab_helpers.launch.runs import note_processes, open_run
from lab_helpers.lessons.emulator.play import emulate
from lab_helpers.toolchain import find_tinygo
from lab_helpers.toolchain.install import InstallProgress, install_tinygo
from tests.conftest import TellFault
from tests.rooted import read_only, small_disk

HELLO = repository_folder() / "filter" / "hello"


def fill(place: Path) -> None:
    """Write until nothing goes in any more."""
    with (place / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"\0" * 4096)
    assert shutil.disk_usage(place).free == 0


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for names, and for no content."""
    with small_disk(tmp_path / "disk", 64) as place:
        fill(place)
        yield place


def besides(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.name != "filler")


@pytest.mark.fault("The disk of the runs is full")
def test_a_run_that_cannot_be_noted_leaves_nothing(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setenv("LAB_RUNS", str(full))
    with pytest.raises(LabError, match=f"cannot write to {full}") as caught:
        open_run()
    assert caught.value.quote == "No space left on device"
    assert "LAB_RUNS" in caught.value.hint
    assert besides(full) == []
    fault(caught.value, kept="other Envoys that run")
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / "other"))  # as the hint says
    assert open_run().is_dir()


def test_neither_does_one_whose_disk_fills_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 64) as place:
        monkeypatch.setenv("LAB_RUNS", str(place))
        run = open_run()
        fill(place)
        with pytest.raises(LabError, match="cannot write to"):
            note_processes(run, os.getpid())
        assert (run / "owner.json").read_text() != ""  # whose it is stays known


@pytest.mark.fault("The folder of the runs may not be written to")
def test_runs_on_a_read_only_disk_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    (tmp_path / "runs").mkdir(mode=0o700)
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / "runs"))
    with read_only(tmp_path / "runs"), pytest.raises(LabError) as caught:
        open_run()
    assert "LAB_RUNS" in caught.value.hint
    fault(caught.value, kept="all")


@pytest.mark.fault("The disk of the cache is full")
def test_a_cache_that_is_full_costs_only_time(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setenv("LAB_TINYGO", str(find_tinygo().path))
    monkeypatch.setenv("LAB_CACHE", str(full))
    module = compile_filter(HELLO, tmp_path / "f.wasm", compiler="go", reuse=True)
    assert module.bytes > 0
    assert [path.name for path in besides(full)] == ["modules", "toolchain"]
    assert "Go helper is not built" in module.why_all
    fault("nothing: what is compiled is not remembered", kept="all")


@pytest.mark.fault("The disk is full as TinyGo is installed")
def test_an_install_on_a_full_disk_names_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    whole = find_tinygo().path.parent.parent
    monkeypatch.delenv("LAB_TINYGO", raising=False)
    monkeypatch.setenv("PATH", f"/usr/bin{os.pathsep}/bin")
    progress = InstallProgress(Console(file=io.StringIO()))

    def put(root: Path) -> None:
        shutil.copytree(whole, root, symlinks=True)

    def download(root: Path, _came: Callable[[int, int], None]) -> None:
        put(root)

    with small_disk(tmp_path / "disk", 4096) as place:
        monkeypatch.setenv("LAB_CACHE", str(place))
        for how in ({"put": put}, {"download": download}):
            with pytest.raises(LabError, match=f"cannot write to {place}") as caught:
                install_tinygo(progress, **how)
            assert "No space left" in caught.value.quote
            assert "LAB_CACHE" in caught.value.hint
            assert [path.name for path in besides(place)] == ["toolchain", "install.lock"]
        fault(caught.value, kept="what was installed")


def test_a_build_from_source_on_a_full_disk_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_TINYGO", raising=False)
    monkeypatch.setenv("PATH", f"/usr/bin{os.pathsep}/bin")

    def unreachable(_root: Path, _came: Callable[[int, int], None]) -> None:
        raise ToolchainError("TinyGo's release archive cannot be downloaded.")

    with small_disk(tmp_path / "disk", 1024) as place:
        monkeypatch.setenv("LAB_CACHE", str(place))
        with pytest.raises(LabError) as caught:
            install_tinygo(InstallProgress(Console(file=io.StringIO())), download=unreachable)
        assert "no space left" in caught.value.quote.lower()
        assert "free some disk space there" in caught.value.hint
        assert list((place / "toolchain").glob(".installing-*")) == []


def test_the_go_helper_on_a_full_disk_names_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "disk", 1024) as place:
        monkeypatch.setenv("LAB_CACHE", str(place))
        with pytest.raises(LabError) as caught:
            build_go_helper()
        assert "no space left" in caught.value.quote.lower()
        assert "LAB_CACHE" in caught.value.hint
        assert [path.name for path in besides(place)] == ["toolchain", "install.lock"]


@pytest.mark.fault("The disk of TMPDIR is full as a filter is compiled")
def test_a_full_tmpdir_is_said(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    error = full_tmpdir(full, tmp_path / "made" / "f.wasm", monkeypatch, "tinygo")
    fault(error, kept="the filter; an earlier module stays")


def test_standard_go_says_it_too(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_tmpdir(full, tmp_path / "made" / "f.wasm", monkeypatch, "go")


def full_tmpdir(
    full: Path, target: Path, monkeypatch: pytest.MonkeyPatch, compiler: Compiler
) -> CompileError:
    """Compile with a TMPDIR that is full, see what is said, and do it."""
    monkeypatch.setenv("TMPDIR", str(full))
    with pytest.raises(CompileError) as caught:
        compile_filter(HELLO, target, compiler=compiler)
    assert "no space left" in caught.value.quote.lower()
    assert "TMPDIR" in caught.value.hint
    assert besides(target.parent) == []
    monkeypatch.delenv("TMPDIR")  # as the hint says
    assert compile_filter(HELLO, target, compiler=compiler).bytes > 0
    return caught.value


@pytest.mark.parametrize("there", [True, False])
def test_a_tmpdir_that_does_not_do_is_named(
    full: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setenv("TMPDIR", str(full if there else full / "gone"))
    with pytest.raises(LabError) as caught:
        emulate("hello")
    assert str(full) in caught.value.what
    assert "TMPDIR" in caught.value.hint
    assert besides(full) == []


@pytest.mark.fault("The disk of the compiled module is full")
def test_a_module_that_does_not_fit_leaves_nothing(full: Path, fault: TellFault) -> None:
    with pytest.raises(CompileError) as caught:
        compile_filter(HELLO, full / "f.wasm")
    assert "no space left" in caught.value.quote.lower()
    assert "LAB_WORK" in caught.value.hint
    assert besides(full) == []
    fault(caught.value, kept="the filter")


def test_neither_does_one_that_comes_from_the_cache(full: Path, tmp_path: Path) -> None:
    compile_filter(HELLO, tmp_path / "f.wasm", reuse=True)
    with pytest.raises(LabError, match=f"cannot write to {full}") as caught:
        compile_filter(HELLO, full / "f.wasm", reuse=True)
    assert "LAB_WORK" in caught.value.hint
    assert besides(full) == []


@pytest.mark.fault("The disk is full as a cell saves a learner's file")
def test_a_learners_file_stays_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    with small_disk(tmp_path / "disk", 64) as place:
        mine = place / "main.go"
        replace_file(mine, "package main\n\nfunc main() {}\n")
        fill(place)
        with pytest.raises(LabError, match=f"cannot write to {place}") as caught:
            replace_file(mine, "package main\n// longer\n" * 100)
        assert mine.read_text() == "package main\n\nfunc main() {}\n"
        assert [path.name for path in besides(place)] == ["main.go"]
        fault(caught.value, kept="what the file held before")


@pytest.mark.parametrize("compiler", ["tinygo", "go"])
@pytest.mark.parametrize("variable", ["TMPDIR", "GOCACHE"])
def test_a_folder_for_the_compilers_work_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiler: Compiler, variable: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file" / "below"))
    with pytest.raises(CompileError) as caught:
        compile_filter(HELLO, tmp_path / "f.wasm", compiler=compiler)
    assert str(tmp_path / "file") in caught.value.quote
    assert variable in caught.value.hint
    monkeypatch.delenv(variable)  # as the hint says
    assert compile_filter(HELLO, tmp_path / "f.wasm", compiler=compiler).bytes > 0
