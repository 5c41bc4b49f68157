"""Threads as the kernel tells of them."""

from __future__ import annotations

import os
import signal
import subprocess

import psutil

from lab_helpers.launch.threads import (
    Standing,
    ThreadStat,
    read_threads,
    standing_of,
    threads_in,
)

BETWEEN = "1 7 7 0 -1 4194560 1 0 0 0"


def test_names_states_and_times_are_read() -> None:
    lines = [
        f"7 (envoy) S {BETWEEN} 100 50 0 0",
        f"8 (wrk:worker_0) R {BETWEEN} 3 4 0 0",
        f"9 (dog:workers_gua) S {BETWEEN} 3 4 0 0",
        f"10 (wrk:odd) R (x) T {BETWEEN} 3 4 0 0",
        "11 (wrk:worker_1",
        "",
    ]
    found = threads_in(lines, 7)
    assert set(found) == {"main", "worker_0", "odd) R (x"}
    assert {name: stat.state for name, stat in found.items()} == {
        "main": "S",
        "worker_0": "R",
        "odd) R (x": "T",
    }
    assert (found["main"].cpu_s, found["worker_0"].cpu_s) == (1.5, 0.07)


def test_a_process_stands_as_it_does() -> None:
    with subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL) as process:
        assert standing_of(process.pid) is Standing.RUNS
        assert isinstance(read_threads(process.pid)["main"], ThreadStat)
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        assert standing_of(process.pid) is Standing.STOPPED
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert standing_of(process.pid) is Standing.ENDED
    assert not psutil.pid_exists(process.pid)
    assert standing_of(process.pid) is Standing.ENDED
    assert read_threads(process.pid) == {}
