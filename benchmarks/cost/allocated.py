"""What Go itself allocates for one request: noted by the filter, when each request is done."""

from __future__ import annotations

import dataclasses
import shutil
import statistics
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path

from benchmarks.cost.building import FILTERS, SOURCES, give_each_a_context
from benchmarks.cost.ways import APART, OURS
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.errors import LabError

__all__ = ["Allocated", "allocated_part", "count_allocations"]

# One more request than are noted, as in the Go file.
_REQUESTS = 33
_SAID = "allocated: "
# A tick that comes in between allocates too: the median does not mind one.
_SETTINGS = {"tick_ms": 1000}


@dataclasses.dataclass(frozen=True, slots=True)
class Allocated:
    """What Go allocates for one request, the median of 32.

    Attributes:
        way: The way's name.
        objects: How many objects.
        bytes: How many bytes these take.
    """

    way: str
    objects: float
    bytes: float


def count_allocations(ways: Collection[str]) -> list[Allocated]:
    """Count what Go allocates for a request, with one context for all of them and with one each.

    Args:
        ways: The names of the ways that are measured; others are left out.

    Raises:
        LabError: It does not compile, an Envoy does not start, or the filter has said nothing.
    """
    return [_count(way) for way in (OURS, APART) if way in ways]


def _count(way: str) -> Allocated:
    with tempfile.TemporaryDirectory(prefix="lab-cost-") as folder:
        copy = Path(folder) / "filter"
        shutil.copytree(FILTERS, copy)
        if way == APART:
            give_each_a_context(copy / "token")
        shutil.copy(SOURCES / "allocations" / "allocations.go", copy / "token")
        module = compile_filter(copy / "token", Path(folder) / "noting.wasm")
        with Envoy(module, workers=1, settings=_SETTINGS, see="log") as envoy:
            envoy.wait_for_tokens()
            for _ in range(_REQUESTS):
                envoy.ask("worker_0")
            envoy.wait_until(
                lambda _: any(_SAID in line for line in envoy.log),
                "the filter tells its allocations",
            )
            said = next(line for line in envoy.log if _SAID in line)
    pairs = [pair.partition("/") for pair in said.partition(_SAID)[2].split()]
    if len(pairs) != _REQUESTS - 1:
        raise LabError(
            "The filter has not told what each request allocates.",
            quote=said,
            hint="benchmarks/cost/sources/allocations/allocations.go has the number of requests",
        )
    return Allocated(
        way,
        statistics.median(int(objects) for objects, _, _ in pairs),
        statistics.median(int(size) for _, _, size in pairs),
    )


def allocated_part(allocated: Sequence[Allocated]) -> list[str]:
    """Return the report's part about it.

    Args:
        allocated: What was counted.
    """
    return [
        "## What Go allocates for a request",
        "",
        (
            "Noted by the filter itself when each of 32 requests is done (`runtime.MemStats`); the"
            " median. What is allocated must be collected, which is paid for later. The SDK's maps"
            " grow now and then; the median does not show that."
        ),
        "",
        "| way | objects | bytes |",
        "|---|--:|--:|",
        *(f"| {one.way} | {one.objects:.0f} | {one.bytes:.0f} |" for one in allocated),
    ]
