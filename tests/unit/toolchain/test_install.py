"""TinyGo's install: whole or not at all, by one process at a time."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain import install
from lab_helpers.toolchain.install import InstallProgress, install_go_modules, install_tinygo
from lab_helpers.toolchain.tinygo import installed_folder, note_source, tools_folder
from tests.conftest import TellFault

Bar = Callable[[int, int], None]


@pytest.fixture(autouse=True)
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with an empty cache, and no TinyGo on PATH."""
    monkeypatch.delenv("LAB_TINYGO", raising=False)
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"/usr/bin{os.pathsep}/bin")


@pytest.fixture
def progress() -> InstallProgress:
    return InstallProgress(Console(file=io.StringIO(), width=200))


def shown(progress: InstallProgress) -> str:
    file = progress._console.file  # noqa: SLF001  # the test's own
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def unpack(root: Path, bytes_came: Bar) -> None:
    """Stand in for a download that works."""
    (root / "bin").mkdir(parents=True)
    program = root / "bin" / "tinygo"
    program.write_text("#!/bin/sh\necho tinygo version 0.41.1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    bytes_came(10, 10)


def unreachable(_root: Path, _bytes_came: Bar) -> None:
    raise ToolchainError(
        "TinyGo's release archive cannot be downloaded.", quote="Name or service not known"
    )


def leftovers() -> list[str]:
    return [path.name for path in tools_folder().glob(".installing-*")]


def test_an_interruption_leaves_nothing(progress: InstallProgress) -> None:
    def interrupted(root: Path, _bytes_came: Bar) -> None:
        (root / "bin").mkdir(parents=True)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install_tinygo(progress, download=interrupted)
    assert leftovers() == []
    assert not installed_folder().exists()
    assert install_tinygo(progress, download=unpack).source == "archive"  # the lock is free again


def test_where_the_site_is_unreachable_it_is_built(
    progress: InstallProgress, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(root: Path, *_others: object) -> None:
        unpack(root, lambda _done, _total: None)

    monkeypatch.setattr(install, "build_tinygo", build)
    monkeypatch.setattr(install, "NEEDED_FILES", ())
    assert install_tinygo(progress, download=unreachable).source == "source"
    assert "Name or service not known" in shown(progress)


def test_one_that_lost_the_systems_files_is_replaced(
    progress: InstallProgress, tmp_path: Path
) -> None:
    install_tinygo(progress, download=unpack)
    note_source(installed_folder(), "source", (tmp_path / "gone",))
    assert install_tinygo(progress, download=unpack).source == "archive"
    assert leftovers() == []


def test_go_modules_that_are_there_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    install_go_modules(lambda _text: None)
    monkeypatch.setenv("GOPROXY", "off")
    install_go_modules(lambda _text: None)


@pytest.mark.fault("The Go modules of the filters cannot be downloaded")
def test_go_modules_that_cannot_be_had_are_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    (tmp_path / "go.mod").write_text(
        "module x\n\ngo 1.24\n\nrequire example.org/none v1.0.0\n", encoding="utf-8"
    )
    monkeypatch.setenv("GOPROXY", "off")
    with pytest.raises(ToolchainError, match="cannot be downloaded") as caught:
        install_go_modules(lambda _text: None, tmp_path)
    assert "example.org/none" in caught.value.quote
    fault(caught.value, kept="what was installed before")
