"""Measure what a request costs under some of Envoy's ways to be extended, in two minutes.

    make bench ARGS=quick

A short form of `benchmarks.cost`: fewer ways, and of each only what it adds to a request.
"""

from __future__ import annotations

import sys

from benchmarks.cost.command import run
from benchmarks.cost.run import QUICK

if __name__ == "__main__":
    sys.exit(run(QUICK, "quick"))
