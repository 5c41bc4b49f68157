"""What each way takes besides processor time: memory and the time to ready, at few and at many."""

from __future__ import annotations

import dataclasses
import re
import statistics
import time
from collections.abc import Sequence

from benchmarks.cost.filters import PERIOD_S
from benchmarks.cost.processes import wait_for
from benchmarks.cost.rounds import Bench
from benchmarks.cost.ways import Way

__all__ = ["Footprint", "Grown", "growth", "measure_footprint"]

_STARTS = 2
_PERIODS = 3
_FEW, _MANY = 2, 64
_TICK = re.compile(r"^(?P<time>\d+\.\d+) .*\bevent=tick\b", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Footprint:
    """What one filter of a way takes.

    Attributes:
        way: The way's name.
        ready_s: From Envoy's start until it is ready, with two workers, the mean of two starts.
        rss_2: Memory at two workers, in bytes.
        rss_64: Memory at 64 workers, in bytes.
    """

    way: str
    ready_s: float
    rss_2: int
    rss_64: int


@dataclasses.dataclass(frozen=True, slots=True)
class Grown:
    """One way at one number of workers.

    Attributes:
        way: Its name.
        workers: How many.
        rss: Memory, in bytes.
        ready_s: From Envoy's start until it is ready.
        ticks: How many ticks a period, of all VMs.
        calls: How many calls for a token a period.
    """

    way: str
    workers: int
    rss: int
    ready_s: float
    ticks: float
    calls: float


def measure_footprint(bench: Bench, way: Way) -> Footprint:
    """Start Envoys with one filter of a way, one after another, on all cores.

    Args:
        bench: What is shared.
        way: Which.

    Raises:
        LaunchError: One does not come up.
    """
    ready, few = [], []
    for number in range(_STARTS):
        with bench.envoy(way, 1, f"foot-{way.slug}-{number}", workers=_FEW) as envoy:
            ready.append(envoy.ready_s)
            few.append(envoy.rss_bytes())
    with bench.envoy(way, 1, f"foot-{way.slug}-{_MANY}", workers=_MANY) as envoy:
        many = envoy.rss_bytes()
    return Footprint(way.name, statistics.fmean(ready), round(statistics.fmean(few)), many)


def growth(bench: Bench, ways: Sequence[Way], numbers: Sequence[int]) -> Sequence[Grown]:
    """Start Envoys with more and more workers; count ticks and calls for some periods of each.

    Args:
        bench: What is shared.
        ways: Those whose filter has a timer.
        numbers: At how many workers.

    Raises:
        LaunchError: One does not come up.
    """
    found = []
    for workers in numbers:
        for way in ways:
            bench.tell(f"growth: {way.name}, {workers} workers")
            found.append(_grown(bench, way, workers))
    return found


def _grown(bench: Bench, way: Way, workers: int) -> Grown:
    name = f"grown-{way.slug}-{workers}"
    with bench.envoy(way, 1, name, workers=workers, log_level="info") as envoy:
        began = time.time()
        ends = began + _PERIODS * PERIOD_S
        # A quarter more, for what is logged or asked in the last moment and not yet seen.
        wait_for(lambda: time.time() > ends + PERIOD_S / 4, "The periods' end")
        ticks = [float(one["time"]) for one in _TICK.finditer(envoy.said())]
        calls = [one.time for one in bench.api.asked]
        return Grown(
            way.name,
            workers,
            envoy.rss_bytes(),
            envoy.ready_s,
            sum(began <= each < ends for each in ticks) / _PERIODS,
            sum(began <= each < ends for each in calls) / _PERIODS,
        )
