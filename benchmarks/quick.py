"""Measure what a request costs under some of Envoy's ways to be extended, in two minutes.

    make bench ARGS=quick

A short form of `benchmarks.cost`: fewer ways, and of each only what it adds to a request.
"""

from __future__ import annotations

import sys

from benchmarks.cost.report import write
from benchmarks.cost.run import QUICK, measure
from lab_helpers.errors import LabError

if __name__ == "__main__":
    try:
        sys.stdout.write(write(measure(QUICK), "quick").read_text(encoding="utf-8"))
    except LabError as error:
        sys.exit(str(error))
