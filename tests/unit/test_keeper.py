"""The keeper: the child ends when the parent does, by whatever means."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest

from lab_helpers.launch import keeper

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)",
]
WAIT_S = 20


@contextmanager
def kept(*command: str, grace_s: float = 5.0) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a command under a keeper, and give the keeper and the child's process id."""
    words = [sys.executable, "-I", "-S", keeper.__file__, str(grace_s), *command]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        word, _, value = process.stdout.readline().decode().partition(" ")
        assert word == "pid"
        try:
            yield process, int(value)
        finally:
            process.kill()


def gone(pid: int) -> bool:
    try:
        psutil.Process(pid).wait(WAIT_S)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def close_the_pipe(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


@pytest.mark.parametrize("end", [close_the_pipe, subprocess.Popen.kill])
def test_the_child_ends_with_the_pipe_and_with_the_keeper(
    end: Callable[[subprocess.Popen[bytes]], None],
) -> None:
    with kept(*SLEEPER) as (process, pid):
        end(process)
        assert gone(pid)


def test_a_child_that_ignores_sigterm_is_killed() -> None:
    with kept(*STUBBORN, grace_s=0.1) as (process, pid):
        close_the_pipe(process)
        assert process.stdout is not None
        said = process.stdout.read().split()
        assert gone(pid)
    assert said[-2:-1] == [b"exit"]
    assert int(said[-1]) in (-signal.SIGKILL, -signal.SIGTERM)


@pytest.mark.parametrize(
    ("code", "said"), [("raise SystemExit(3)", b"exit 3"), ("import os; os.abort()", b"exit -6")]
)
def test_the_childs_end_is_told(code: str, said: bytes) -> None:
    with kept(sys.executable, "-c", code) as (process, _):
        assert process.stdout is not None
        assert process.stdout.read().strip() == said


def test_ctrl_c_in_the_terminal_is_left_to_the_parent() -> None:
    with kept(*SLEEPER) as (process, pid):
        os.kill(process.pid, signal.SIGINT)
        assert psutil.pid_exists(pid)
        close_the_pipe(process)
        assert gone(pid)


def test_a_command_that_is_not_there_is_told() -> None:
    words = [sys.executable, "-I", "-S", keeper.__file__, "1", "/no/such/program"]
    done = subprocess.run(words, stdin=subprocess.PIPE, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(b"failed ")
    assert b"No such file" in done.stdout
