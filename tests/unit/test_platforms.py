"""What differs on macOS and Windows: the decisions, with the system given as input.

Nothing here was run on those systems.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.compiling.shell import shell_line
from lab_helpers.docker_engine.containers import exit_code_of
from lab_helpers.docker_engine.daemon import connection_problem
from lab_helpers.doctor import Check
from lab_helpers.doctor.tools import check_envoy, without_docker
from lab_helpers.errors import ConfigurationError, LaunchError, ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.launch import choice, choose_launcher, clear_all_leftovers
from lab_helpers.launch.failures import launch_failure
from lab_helpers.launch.interface import Launcher
from lab_helpers.launch.linux_signals import signal_name
from lab_helpers.launch.ports import listing_command
from lab_helpers.toolchain.tinygo_archive import archive_platform

ROOT = repository_folder()
ELSEWHERE = ["darwin", "win32"]


class StandIn:
    """A launcher in name only: what is tested is which one is chosen."""

    name = "docker"


@pytest.mark.parametrize("platform", ELSEWHERE)
def test_off_linux_envoy_runs_in_docker(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LAB_ENVOY", raising=False)
    monkeypatch.setattr(choice, "_docker", lambda _platform: StandIn())
    assert choose_launcher(platform=platform).name == "docker"
    with pytest.raises(ConfigurationError, match="needs Linux") as caught:
        choose_launcher("native", platform=platform)
    assert "--launcher docker" in caught.value.hint


@pytest.mark.parametrize("platform", ELSEWHERE)
def test_off_linux_without_docker_both_reasons_are_said(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_docker(platform: str) -> Launcher:
        raise connection_problem("unix:///var/run/docker.sock", "No such file", None, platform)

    monkeypatch.delenv("LAB_ENVOY", raising=False)
    monkeypatch.setattr(choice, "_docker", no_docker)
    with pytest.raises(ToolchainError, match=r"native launcher needs Linux.*No Docker") as caught:
        choose_launcher(platform=platform)
    assert "start Docker Desktop" in caught.value.hint
    assert "systemctl" not in caught.value.hint


def test_what_docker_refuses_to_remove_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Refusing(StandIn):
        def clear_leftovers(self) -> int:
            raise LaunchError("Docker refuses what the lab asks for.")

    def no_docker(platform: str) -> Launcher:
        raise connection_problem("unix:///var/run/docker.sock", "No such file", None, platform)

    monkeypatch.setattr(choice, "_docker", no_docker)
    assert clear_all_leftovers() == 0
    monkeypatch.setattr(choice, "_docker", lambda _platform: Refusing())
    with pytest.raises(LaunchError, match="refuses"):
        clear_all_leftovers()


def test_without_docker_only_linux_can_go_on() -> None:
    assert without_docker("gone", "start it", "linux").state == "note"
    for platform in ELSEWHERE:
        check = without_docker("gone", "start it", platform)
        assert (check.state, check.advice) == (
            "missing",
            "Envoy runs in Docker on this system: start it",
        )


def test_the_doctor_is_content_with_docker_where_there_is_no_binary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_here() -> None:
        raise ToolchainError("There is no Envoy binary for this system.")

    monkeypatch.setattr("lab_helpers.doctor.tools.find_envoy", none_here)
    assert check_envoy(Check("Docker", "ok", "27")).state == "note"
    assert check_envoy(without_docker("gone", "", "darwin")).state == "missing"


@pytest.mark.parametrize(
    ("status", "said"),
    [(139, "SIGSEGV"), (135, "SIGBUS"), (137, "SIGKILL"), (143, "SIGTERM"), (159, "SIGSYS")],
)
def test_a_containers_signals_are_linuxs(status: int, said: str) -> None:
    """On macOS 7 is SIGEMT; Windows has no SIGKILL to compare with."""
    code = exit_code_of(status)
    assert signal_name(-code) == said
    error: LaunchError = launch_failure([], code, while_doing="while it served")
    assert said in error.what


@pytest.mark.skipif(sys.platform != "linux", reason="compares with Linux's own list")
def test_the_names_are_those_that_linux_gives() -> None:
    import signal  # noqa: PLC0415  # only here, for it is this machine's

    for number in (*range(1, 16), 24, 25, 31):
        assert signal_name(number) == signal.Signals(number).name
    assert signal_name(64) == "signal 64"


def test_who_holds_a_port_is_asked_with_the_systems_own_tool() -> None:
    assert listing_command(9901, "linux").startswith("ss ")
    assert listing_command(9901, "darwin").startswith("lsof ")
    assert listing_command(9901, "win32") == "netstat -ano | findstr :9901"


COMMAND = ("C:\\Program Files\\tinygo.exe", "build", "-tags=it's")


def test_a_compile_command_can_be_typed_in_powershell() -> None:
    line = shell_line(
        COMMAND, {"GOOS": "wasip1"}, folder="C:\\my lab", platform="win32", path="C:\\bin"
    )
    assert line == (
        "cd 'C:\\my lab'; $env:GOOS='wasip1';"
        " & 'C:\\Program Files\\tinygo.exe' 'build' '-tags=it''s'"
    )


def test_of_a_longer_path_only_the_folder_in_front_is_shown() -> None:
    longer = {"PATH": "C:\\go\\bin;C:\\bin"}
    line = shell_line(("go",), longer, folder="C:\\lab", platform="win32", path="C:\\bin")
    assert line == "cd 'C:\\lab'; $env:PATH='C:\\go\\bin;' + $env:PATH; & 'go'"
    line = shell_line(
        ("go",), {"PATH": "/go/bin:/bin"}, folder="/lab", platform="linux", path="/bin"
    )
    assert line == 'cd /lab && PATH=/go/bin:"$PATH" go'


def test_a_compile_command_can_be_typed_in_sh(tmp_path: Path) -> None:
    folder = tmp_path / "my lab"
    folder.mkdir()
    words = (shutil.which("printenv") or "printenv", "GOOS")
    line = shell_line(words, {"GOOS": "it's"}, folder=str(folder), platform="linux", path="")
    run = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert run.stdout == "it's\n"
    assert shell_line(words, {}, folder=str(folder), platform="darwin", path="").startswith("cd '")


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", "linux-amd64"),
        ("Linux", "aarch64", "linux-arm64"),
        ("Darwin", "arm64", "darwin-arm64"),
        ("Darwin", "x86_64", "darwin-amd64"),
    ],
)
def test_each_system_gets_its_own_tinygo(system: str, machine: str, name: str) -> None:
    assert archive_platform(system, machine) == name


def test_on_windows_tinygo_is_installed_by_hand_or_wsl_is_used() -> None:
    with pytest.raises(ToolchainError, match="Windows on AMD64") as caught:
        archive_platform("Windows", "AMD64")
    assert "WSL" in caught.value.hint
    with pytest.raises(ToolchainError) as caught:
        archive_platform("FreeBSD", "amd64")
    assert "WSL" not in caught.value.hint


def test_line_ends_stay_as_they_are_and_the_root_environment_is_gits_link() -> None:
    """Scripts and Go run in Linux containers on Windows too; a link may come as a text file."""
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text(encoding="utf-8")
    listed = subprocess.run(
        ["git", "ls-files", "--stage", "environment.yml", "bootstrap.sh"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "120000" in listed
    assert b"\r\n" not in (ROOT / "bootstrap.sh").read_bytes()


def test_linuxs_own_modules_are_imported_by_the_native_launcher_alone() -> None:
    """On Windows `fcntl` cannot be imported: no other module may need it, or all would fail."""
    code = (
        "import sys, importlib, pkgutil, lab_helpers\n"
        "sys.modules['fcntl'] = sys.modules['pwd'] = sys.modules['grp'] = None\n"
        "names = [m.name for m in pkgutil.walk_packages(lab_helpers.__path__, 'lab_helpers.')]\n"
        "for name in names:\n"
        "    try:\n"
        "        importlib.import_module(name)\n"
        "    except ImportError as error:\n"
        "        print(name, error.name)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"MPLBACKEND": "agg"},
    )
    failed = {line.split()[0] for line in run.stdout.splitlines()}
    assert failed == {"lab_helpers.launch.native"}
