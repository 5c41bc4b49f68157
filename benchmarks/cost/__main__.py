"""Measure all of it: `make bench ARGS=cost`, 25 minutes at most."""

from __future__ import annotations

import sys

from benchmarks.cost.report import write
from benchmarks.cost.run import FULL, measure
from lab_helpers.errors import LabError

if __name__ == "__main__":
    try:
        sys.stdout.write(write(measure(FULL), "cost").read_text(encoding="utf-8"))
    except LabError as error:
        sys.exit(str(error))
