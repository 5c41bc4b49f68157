"""Measure all of it: `make bench ARGS=cost`, 25 minutes at most."""

from __future__ import annotations

import sys

from benchmarks.cost.command import run
from benchmarks.cost.run import FULL

if __name__ == "__main__":
    sys.exit(run(FULL, "cost"))
