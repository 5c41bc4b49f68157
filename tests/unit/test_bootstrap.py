"""`bootstrap.sh`: Ctrl-C shows no stack trace, and what another user made stays as it is."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from tests.conftest import TellFault
from tests.rooted import need_root, read_only

ROOT = repository_folder()
NOBODY = 65534
PACKAGES_ARE_THERE = re.compile(r"^    \d+ packages, \d+ s$", re.MULTILINE)
NEEDED = ("bootstrap.sh", "Makefile", "pyproject.toml", "requirements.lock")


@pytest.fixture
def checkout() -> Iterator[Path]:
    """What `bootstrap.sh` reads, in a folder that every user may enter."""
    with tempfile.TemporaryDirectory(prefix="checkout-") as made:
        folder = Path(made)
        for name in NEEDED:
            shutil.copy(ROOT / name, folder / name)
        for name in ("toolchain/tinygo.py", "go_helper/building.py", "go_helper/program/go.sum"):
            (folder / "lab_helpers" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "lab_helpers" / name, folder / "lab_helpers" / name)
        (folder / "filter").mkdir()
        shutil.copy(ROOT / "filter" / "go.sum", folder / "filter" / "go.sum")
        folder.chmod(0o755)
        yield folder


def interrupted_at(line: str, folder: Path, number: signal.Signals) -> tuple[int, str]:
    """Run the setup, and send what Ctrl-C sends, to all that runs, as a line of it appears."""
    with subprocess.Popen(
        ["sh", "bootstrap.sh"],
        cwd=folder,
        env=os.environ | {"MAKE_GOAL": "lab", "PYTHON": sys.executable},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as running:
        assert running.stdout is not None
        said = ""
        for told in running.stdout:
            said += told
            if line in told:
                os.killpg(running.pid, number)
    return running.returncode, said


def stand_ins(folder: Path) -> None:
    """Put programs where an environment has them: all is installed, and TinyGo takes long."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    tools = "import time; print('tools', flush=True); time.sleep(600)"
    for name, then in (
        ("python", "case $1 in -I) echo packages ;; esac"),
        ("lab", f'exec {sys.executable} -c "{tools}"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{then}\n")
        (programs / name).chmod(0o755)
    (folder / ".venv" / ".made").write_text(f"{folder} {programs / 'python'}")


@pytest.mark.fault("Ctrl-C in `make setup`")
def test_ctrl_c_says_that_it_may_be_run_again(checkout: Path, fault: TellFault) -> None:
    code, said = interrupted_at("[1/4]", checkout, signal.SIGINT)
    assert "Traceback" not in said
    assert code == 130
    told = said.splitlines()[-1]
    assert "run make lab again" in told
    fault(told, kept="what was downloaded", left="a .venv, which the next setup goes on with")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_its_last_step_ends_with_it(checkout: Path, number: signal.Signals) -> None:
    stand_ins(checkout)
    code, said = interrupted_at("tools", checkout, number)  # the pipe ends with the last of them
    assert "Traceback" not in said
    assert code == 128 + number
    assert "run make lab again" in said


def test_what_was_interrupted_goes_on(checkout: Path) -> None:
    stand_ins(checkout)
    _, said = interrupted_at("tools", checkout, signal.SIGINT)
    assert PACKAGES_ARE_THERE.search(said)
    (checkout / ".venv" / "bin" / "lab").write_text("#!/bin/sh\n")
    python = checkout / ".venv" / "bin" / "python"
    python.write_text(f"{python.read_text()}[ $1 != -c ] || printf /bin/true\n")
    done = bootstrap(checkout)
    assert done.returncode == 0, done.stderr
    assert "Ready" in done.stdout
    assert not PACKAGES_ARE_THERE.search(done.stdout)  # pip is not asked again


@pytest.mark.fault("pip cannot install the packages")
def test_what_pip_refuses_is_quoted_and_its_log_named(checkout: Path, fault: TellFault) -> None:
    stand_ins(checkout)
    pip = 'echo Collecting a; echo "ERROR: No matching distribution found for a"; exit 1'
    (checkout / ".venv" / "bin" / "python").write_text(f"#!/bin/sh\n{pip}\n")
    done = bootstrap(checkout)
    assert done.returncode == 1
    assert "could not be installed" in done.stderr
    assert "ERROR: No matching distribution found for a" in done.stderr
    log = checkout / ".venv" / ".pip.log"
    assert f"All that pip said: {log}" in done.stderr
    assert log.read_text().startswith("Collecting a\n")
    assert "Collecting" not in done.stdout
    fault(
        done.stderr, kept="what was downloaded", left="a .venv, which the next setup goes on with"
    )


def test_in_a_terminal_a_line_says_how_far_pip_is(checkout: Path) -> None:
    stand_ins(checkout)
    go_on = checkout / "go-on"
    pip = f"echo Collecting a; echo Collecting b; until [ -e {go_on} ]; do sleep 0.1; done"
    (checkout / ".venv" / "bin" / "python").write_text(f"#!/bin/sh\n{pip}\nexit 1\n")
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        ["sh", "bootstrap.sh"],
        cwd=checkout,
        env=os.environ | {"MAKE_GOAL": "lab", "PYTHON": sys.executable},
        stdout=theirs,
        stderr=subprocess.DEVNULL,
    ):
        os.close(theirs)
        said = b""
        # At first pip may have said nothing yet.
        while b" 2 of " not in said:
            said += os.read(ours, 1000)
        go_on.touch()
    os.close(ours)
    assert re.search(rb"\r\x1b\[K    2 of \d+ packages, \d+ s", said), said
    assert b"Collecting" not in said


def bootstrap(
    folder: Path, *words: str, user: int | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "bootstrap.sh", *words],
        cwd=folder,
        env=os.environ | {"MAKE_GOAL": "lab", "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
    )


def test_an_environment_of_another_user_is_left_alone(checkout: Path) -> None:
    need_root("act as another user")
    stand_ins(checkout)
    (checkout / ".venv" / ".made").write_text("elsewhere")  # so that setup would begin anew
    other = bootstrap(checkout, user=NOBODY)
    assert other.returncode == 1
    assert "belongs to root, and you are nobody: it was left as it is." in other.stderr
    subprocess.run(["chown", "-R", str(NOBODY), str(checkout / ".venv")], check=True)
    root = bootstrap(checkout)
    assert root.returncode == 1
    assert "belongs to nobody, and you are root" in root.stderr
    assert "su nobody -c 'make lab'" in root.stderr
    assert (checkout / ".venv" / "bin" / "python").exists()


@pytest.mark.fault("`make lab` in a checkout of another user")
def test_in_a_checkout_of_another_user_a_copy_is_advised(checkout: Path, fault: TellFault) -> None:
    need_root("act as another user")
    home = checkout / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    other = bootstrap(checkout, user=NOBODY)
    assert other.returncode == 1
    what, hint = (line.strip(" ✗") for line in other.stderr.splitlines())
    fault(f"{what} {hint}".replace(str(checkout), "…"), kept="all that is there")
    # The hint is followed, but for what takes minutes.
    copy = hint.removeprefix("Try: ").replace("make lab", "sh bootstrap.sh mine && test -w .")
    followed = subprocess.run(
        ["sh", "-c", copy],
        cwd=checkout,
        env=os.environ | {"HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        user=NOBODY,
        group=NOBODY,
    )
    assert followed.returncode == 0, followed.stderr


def test_a_read_only_checkout_is_said(checkout: Path) -> None:
    with read_only(checkout):
        done = bootstrap(checkout)
    assert done.returncode == 1
    assert "may not write to" in done.stderr
    assert "Error" not in done.stderr


def test_make_clean_removes_nothing_of_another_user(checkout: Path) -> None:
    need_root("give a folder to another user")
    stand_ins(checkout)
    (checkout / "work" / "build").mkdir(parents=True)
    os.chown(checkout / "work" / "build", NOBODY, NOBODY)
    cleaned = subprocess.run(
        ["make", "clean"], cwd=checkout, capture_output=True, text=True, check=False
    )
    assert cleaned.returncode != 0
    assert "work/build belongs to nobody" in cleaned.stderr
    assert (checkout / ".venv").is_dir()
    assert stat.S_ISDIR((checkout / "work" / "build").stat().st_mode)
