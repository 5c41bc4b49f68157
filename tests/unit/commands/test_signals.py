"""Ctrl-C and SIGTERM, at the very moments when they come in between."""

from __future__ import annotations

import ast
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab_helpers.folders import repository_folder
from tests.conftest import TellFault

# The event's own lock, as the main thread holds it for a moment in each `wait`.
HELD = """
import signal, threading
from lab_helpers.commands.signals import stop_on_signals

stop = threading.Event()
stop_on_signals(stop)
with stop._cond:
    signal.raise_signal(signal.{name})
    print("gone on", flush=True)
assert stop.wait(20)
for _ in range(100_000):
    signal.raise_signal(signal.{name})
print("and on")
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_comes_while_the_events_lock_is_held_waits_for_nobody(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HELD.format(name=name)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "gone on\nand on\n"), done.stderr


HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"
SPINNER = "Compiling"
ENTRY = [sys.executable, "-c", "import lab_entry; lab_entry.main()"]
# Raises a signal as a module is about to be loaded.
AT = """
import importlib.abc, signal, sys

class Raising(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            signal.raise_signal(signal.{number})
        return None

import lab_entry
sys.meta_path.insert(0, Raising())
sys.argv[1:] = {words!r}
lab_entry.main()
"""


def lab_with(name: str, number: str, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command that gets a signal as it loads a module."""
    code = AT.format(name=name, number=number, words=words)
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.fault("Ctrl-C while a command of `lab` begins")
def test_ctrl_c_while_the_lab_is_loaded_shows_no_stack_trace(fault: TellFault) -> None:
    loaded = ("lab_helpers", "lazy_loader", "typer", "rich.console", "lab_helpers.errors")
    for name in loaded:
        ended = lab_with(name, "SIGINT", ["--help"])
        assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "Interrupted.\n"), name
    fault(ended.stderr, kept="all: nothing was begun")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lab_helpers.doctor", ["doctor"]),
        ("lab_helpers.envoy", ["demo"]),
        ("matplotlib", ["demo"]),
        ("docker", ["clean"]),
    ],
)
def test_ctrl_c_while_a_commands_modules_are_loaded_shows_none(
    name: str, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LAB_WORK", str(tmp_path / "work"))
    ended = lab_with(name, "SIGINT", words)
    assert "Traceback" not in ended.stderr
    assert "ignored" not in ended.stderr
    assert ended.returncode in (130, 0)  # 0 where it is not loaded
    assert "Interrupted." in ended.stderr or ended.returncode == 0


def test_each_commands_modules_are_loaded_so() -> None:
    """A command that imports what it needs outside of `with loading()` is found here."""
    folder = repository_folder() / "lab_helpers" / "commands"
    bare, found = [], 0
    for file in folder.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        if "typer.Typer" not in source and file.name != "follow_command.py":
            continue
        for function in ast.walk(ast.parse(source)):
            if isinstance(function, ast.FunctionDef):
                bare += [f"{file.name}: {function.name}" for each in function.body if imports(each)]
                found += sum(isinstance(each, ast.With) for each in function.body)
    assert bare == []
    assert found > 10


def imports(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom | ast.Import)


def test_a_signal_in_what_python_ignores_comes_again() -> None:
    code = """
import os, signal, sys, time, weakref
from lab_helpers.commands.signals import ended_in_order

class Thing: pass

def cb(_reference):
    os.kill(os.getpid(), signal.{number})
    time.sleep(0)

with ended_in_order():
    thing = Thing()
    watched = weakref.ref(thing, cb)
    del thing
    signal.pause()
"""
    for number, expected in (("SIGTERM", 143), ("SIGINT", -signal.SIGINT)):
        ended = subprocess.run(
            [sys.executable, "-c", code.format(number=number)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ended.returncode == expected
        assert "ignored" not in ended.stderr


@pytest.mark.fault("SIGTERM while a spinner turns")
def test_sigterm_shows_the_cursor_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: TellFault
) -> None:
    monkeypatch.setenv("LAB_WORK", str(tmp_path))
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        code, said = in_a_terminal([*ENTRY, "build", "filter/token"], SPINNER, number)
        assert said.rindex(SHOW) > said.rindex(HIDE)
        assert "Traceback" not in said
        assert code == 128 + number
        assert list((tmp_path / "build").iterdir()) == []
    fault("Interrupted.", kept="an earlier module", left="nothing; the cursor is shown again")


def in_a_terminal(words: list[str], until: str, number: signal.Signals) -> tuple[int, str]:
    """Run a command in a terminal of its own, and send it a signal once it has said something."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as running:
        os.close(theirs)
        said, sent = "", False
        try:
            while piece := os.read(ours, 4096):
                said += piece.decode(errors="replace")
                if until in said and not sent:
                    sent = True
                    running.send_signal(number)
        except OSError:  # Linux's word for a terminal that nobody holds any more
            assert sent, said
        finally:
            os.close(ours)
    return running.returncode, said
