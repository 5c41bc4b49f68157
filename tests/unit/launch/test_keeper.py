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
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", file=sys.stderr, flush=True)
time.sleep(600)
"""
# A parent that forks, as multiprocessing does; what it forked lives on, with a copy of the pipe.
FORKING = """
import os, subprocess, sys, time
kept = subprocess.Popen(
    [sys.executable, "-I", "-S", sys.argv[1], str(os.getpid()), "5", *sys.argv[2:]],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE,
)
pid = kept.stdout.readline().decode().split()[1]
forked = os.fork()
if forked:
    print(pid, forked, flush=True)
time.sleep(600)
"""
KEEPER = [sys.executable, "-I", "-S", keeper.__file__]
UNUSED_PID = 1 << 22  # the first that Linux never gives
WAIT_S = 20


@contextmanager
def kept(*command: str, grace_s: float = 5.0) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a command under a keeper, and give the keeper and the child's process id."""
    pipe = subprocess.PIPE
    words = [*KEEPER, str(os.getpid()), str(grace_s), *command]
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe) as process:
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


def say_end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"end\n")
    process.stdin.flush()


def close_the_pipe(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def end_of(process: subprocess.Popen[bytes]) -> str:
    """End the child in order, and return what the keeper says of it."""
    close_the_pipe(process)
    assert process.stdout is not None
    return process.stdout.read().decode().strip()


@pytest.mark.parametrize("end", [say_end, close_the_pipe, subprocess.Popen.kill])
def test_the_child_ends_with_the_pipe_and_with_the_keeper(
    end: Callable[[subprocess.Popen[bytes]], None],
) -> None:
    with kept(*SLEEPER) as (process, pid):
        end(process)
        assert gone(pid)


def test_a_child_that_ignores_sigterm_is_killed() -> None:
    with kept(sys.executable, "-c", STUBBORN, grace_s=0.1) as (process, pid):
        assert process.stderr is not None
        assert process.stderr.readline() == b"ready\n"
        assert end_of(process) == f"exit {-signal.SIGKILL}"
        assert gone(pid)


def test_the_child_ends_with_the_parent_though_what_that_forked_lives_on() -> None:
    words = [sys.executable, "-c", FORKING, keeper.__file__, *SLEEPER]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child, forked = map(int, parent.stdout.readline().split())
        parent.kill()
        parent.wait()
        try:
            assert gone(child)
            assert psutil.pid_exists(forked)
        finally:
            os.kill(forked, signal.SIGKILL)


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
        assert end_of(process) == f"exit {-signal.SIGTERM}"
        assert process.wait(WAIT_S) == 0
        assert gone(pid)


def test_a_parent_that_went_at_once_leaves_nothing() -> None:
    with subprocess.Popen(SLEEPER) as other:
        for parent in (other.pid, UNUSED_PID):
            words = [*KEEPER, str(parent), "1", *SLEEPER]
            assert subprocess.run(words, capture_output=True, check=False).stdout == b""
        other.kill()


def test_a_command_that_is_not_there_is_told() -> None:
    words = [*KEEPER, str(os.getpid()), "1", "/no/such/program"]
    done = subprocess.run(words, stdin=subprocess.PIPE, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith(b"failed ")
    assert b"No such file" in done.stdout


def test_a_child_that_is_stopped_ends_at_its_first_word() -> None:
    """SIGTERM waits until a stopped process goes on; the keeper would have killed it at last."""
    with kept(*SLEEPER, grace_s=600) as (process, child):
        psutil.Process(child).suspend()
        say_end(process)
        assert process.stdout is not None
        assert process.stdout.readline() == f"exit {-signal.SIGTERM}\n".encode()
        assert gone(child)
