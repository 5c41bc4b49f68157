"""Ctrl-C and SIGTERM, at the very moments when they come in between."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
