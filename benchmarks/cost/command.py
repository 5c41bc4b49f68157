"""The command behind `make bench ARGS=cost` and `ARGS=quick`."""

from __future__ import annotations

import contextlib
import signal
import sys
from types import FrameType

import psutil

from benchmarks.cost.report import write
from benchmarks.cost.run import Extent, measure
from lab_helpers.errors import LabError

__all__ = ["run"]

_BY_SIGNAL = 128


def run(extent: Extent, name: str) -> int:
    """Measure, write the report and print it; return the exit code.

    Args:
        extent: How much is measured.
        name: Of the report's files.
    """
    # Most of the Envoys are stopped: left behind, they would stay so for good.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    try:
        report = write(measure(extent), name)
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        _end_the_rest()
    sys.stdout.write(report.read_text(encoding="utf-8"))
    return 0


def _end_the_rest() -> None:
    """End what a signal has cut off from us: one that was just starting is nobody's yet."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended by itself
            child.kill()


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(_BY_SIGNAL + number)
