"""A tool in the cache that is not whole is not installed: it is said, and installed anew."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.errors import ToolchainError
from lab_helpers.folders import repository_folder
from lab_helpers.toolchain import find_go, find_tinygo, install
from lab_helpers.toolchain.install import InstallProgress, install_tinygo
from lab_helpers.toolchain.tinygo import installed_folder
from tests.conftest import TellFault
from tests.rooted import need_root

NOTE, FILES = "installed-by", "installed-files"
HELLO = repository_folder() / "filter" / "hello"


@pytest.fixture
def whole(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lab's own TinyGo, copied into a cache of this test's own."""
    monkeypatch.delenv("LAB_TINYGO", raising=False)
    monkeypatch.setenv("PATH", f"/usr/bin{os.pathsep}/bin")
    before = find_tinygo().path.parent.parent
    monkeypatch.setenv("LAB_CACHE", str(tmp_path_factory.mktemp("cache")))
    shutil.copytree(before, installed_folder(), symlinks=True)
    return before


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def make_a_file(root: Path) -> None:
    shutil.rmtree(root)
    root.write_text("")


# What happens to files: a cleaner took one, a disk was full, a copy lost what may be executed.
DAMAGES: dict[str, Callable[[Path], object]] = {
    "without its note": lambda root: (root / NOTE).unlink(),
    "its note is empty": lambda root: (root / NOTE).write_text(""),
    "its note is no text": lambda root: (root / NOTE).write_bytes(b"\xff\xfe\0"),
    "its list of files is gone": lambda root: (root / FILES).unlink(),
    "its list of files is cut": lambda root: rewrite(root / FILES, lambda all_: all_[:5000]),
    "its program is gone": lambda root: (root / "bin" / "tinygo").unlink(),
    "its program may not be executed": lambda root: (root / "bin" / "tinygo").chmod(0o644),
    "its program is cut": lambda root: rewrite(root / "bin" / "tinygo", lambda all_: all_[:999]),
    "a target is gone": lambda root: (root / "targets" / "wasip1.json").unlink(),
    "its library is gone": lambda root: shutil.rmtree(root / "src" / "runtime"),
    "a file is where its folder was": make_a_file,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_not_whole_is_said_and_installed_anew(
    whole: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], object]
) -> None:
    damage(installed_folder())
    with pytest.raises(ToolchainError, match=r"There is no TinyGo") as caught:
        compile_filter(HELLO)
    assert "is damaged" in caught.value.quote
    assert "lab setup" in caught.value.hint
    assert_setup_mends(whole)


def assert_setup_mends(whole: Path) -> None:
    """Do what `lab setup` does, with a copy for the download, and try what it installed."""
    shown = io.StringIO()
    progress = InstallProgress(Console(file=shown, width=300))

    def put(root: Path) -> None:
        shutil.copytree(whole, root, symlinks=True)

    install_tinygo(progress, put=put)
    assert "installed anew" in shown.getvalue()
    assert find_tinygo().path.is_relative_to(installed_folder())
    assert (
        subprocess.run([find_tinygo().path, "version"], check=True, env=with_go()).returncode == 0
    )


def with_go() -> dict[str, str]:
    return os.environ | {"PATH": f"{find_go().path.parent}{os.pathsep}{os.environ['PATH']}"}


@pytest.mark.parametrize("name", ["bin/tinygo", "targets/wasip1.json"])
def test_setup_sees_what_kept_its_size(whole: Path, name: str) -> None:
    rewrite(installed_folder() / name, lambda all_: b"\0" * len(all_))
    assert_setup_mends(whole)


@pytest.mark.fault("A program of the lab's TinyGo is overwritten, with its size kept")
def test_a_program_that_cannot_be_run_is_said(
    whole: Path, tmp_path: Path, fault: TellFault
) -> None:
    program = installed_folder() / "bin" / "tinygo"
    rewrite(program, lambda all_: b"\0" * len(all_))
    with pytest.raises(ToolchainError, match="cannot be run") as caught:
        compile_filter(HELLO, tmp_path / "f.wasm")
    fault(caught.value, kept="the filter; an earlier module stays", left="nothing")
    assert list(tmp_path.iterdir()) == []
    assert_setup_mends(whole)  # as the hint says


@pytest.mark.fault("The lab's TinyGo in the cache has lost a file")
def test_a_lost_file_is_said_by_the_command_too(whole: Path, fault: TellFault) -> None:
    (installed_folder() / NOTE).unlink()
    words = [sys.executable, "-m", "lab_helpers.commands.cli", "build", str(HELLO)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "lab setup" in ended.stderr
    with pytest.raises(ToolchainError) as caught:
        find_tinygo()
    fault(caught.value, kept="the rest of the cache", left="what `lab setup` replaces")


def test_a_go_that_cannot_be_run_leads_to_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = tmp_path / "go" / "bin" / "go"
    packaged.parent.mkdir(parents=True)
    packaged.write_bytes(b"\0")
    (tmp_path / "go" / "VERSION").write_text("go1.26.6\n")
    packaged.chmod(0o644)
    real = find_go().path
    monkeypatch.setattr("lab_helpers.toolchain.go._packaged_go", lambda: packaged)
    monkeypatch.setenv("PATH", str(real.parent))
    monkeypatch.delenv("LAB_GO", raising=False)
    assert find_go().path == real
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolchainError, match="no Go") as caught:
        find_go()
    assert "cannot be run" in caught.value.quote


def test_a_go_that_looks_whole_and_cannot_be_run_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "go" / "bin" / "go"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"\0" * 100)
    program.chmod(0o755)
    (tmp_path / "go" / "VERSION").write_text("go1.26.6\n")
    monkeypatch.setenv("LAB_GO", str(program))
    for work in (
        lambda: compile_filter(HELLO, tmp_path / "f.wasm", compiler="go"),
        lambda: install.install_go_modules(lambda _text: None),
    ):
        with pytest.raises(ToolchainError, match="cannot be run") as caught:
            work()
        assert "Exec format error" in caught.value.quote


LOOK = """
import os
import filelock
from rich.console import Console
from lab_helpers import terminal
from lab_helpers.errors import LabError
from lab_helpers.toolchain import find_tinygo
from lab_helpers.toolchain.install import InstallProgress, install_tinygo
console_progress = InstallProgress(Console())
os.setgid(65534), os.setuid(65534)  # now: where these tests run may be out of another user's reach
for look in (find_tinygo, lambda: install_tinygo(console_progress)):
    try:
        look()
    except LabError as error:
        print(error, flush=True)
"""


def test_a_cache_that_may_not_be_read_is_said() -> None:
    need_root("act as another user")
    with tempfile.TemporaryDirectory(prefix="cache-") as cache:
        Path(cache).chmod(0o755)
        (Path(cache) / "toolchain").mkdir(mode=0o700)
        ended = subprocess.run(
            [sys.executable, "-c", LOOK],
            env=os.environ | {"LAB_CACHE": cache, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert "Traceback" not in ended.stderr
    assert "There is no TinyGo" in ended.stdout
    assert "cannot write to" in ended.stdout
    assert "LAB_CACHE" in ended.stdout
