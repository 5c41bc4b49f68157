"""What still runs as Python ends: all of it is stopped, by the process that it belongs to."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = """
import os
from lab_helpers.endings import keep_running, no_longer_running

class Runs:
    def __init__(self, name):
        self.name = name

    def stop(self):
        os.write(1, f"{self.name} stopped\\n".encode())
        if self.name == "bad":
            raise ValueError("it would not")

kept = [Runs(name) for name in ("first", "bad", "last", "forgotten")]
for each in kept:
    keep_running(each)
no_longer_running(kept[-1])
"""


def end_of(script: str) -> tuple[list[str], str]:
    words = [sys.executable, "-c", script]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    return sorted(done.stdout.splitlines()), done.stderr


def test_one_that_does_not_stop_keeps_no_other_running_and_is_told() -> None:
    stopped, said = end_of(SCRIPT)
    assert stopped == ["bad stopped", "first stopped", "last stopped"]
    assert "ValueError: it would not" in said


def test_what_a_process_forked_stops_nothing_of_its_parents() -> None:
    forking = "if os.fork():\n    os.wait()\n"
    assert end_of(SCRIPT + forking)[0] == ["bad stopped", "first stopped", "last stopped"]
