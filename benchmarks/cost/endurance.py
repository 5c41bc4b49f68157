"""Memory over time: many requests and ticks, by what is shipped and by what leaks."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from benchmarks.cost.load import send
from benchmarks.cost.rounds import Bench
from benchmarks.cost.ways import KEY, Way

__all__ = ["FLAT", "Endured", "endure"]

FLAT = 0.03
"""By how much memory may grow after the first tenth."""

_WORKERS = 2
_FIRST = 10
_SLICE_S = 5
_TICKS = re.compile(r"\bticks: (\d+)$", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Endured:
    """Memory over a run.

    Attributes:
        what: What ran.
        requests: How many were answered by each moment.
        rss: Memory at each moment, in bytes.
        ticks: How many ticks there were in all.
    """

    what: str
    requests: Sequence[int]
    rss: Sequence[int]
    ticks: int

    @property
    def grown(self) -> float:
        """By how much memory grew at most after the first tenth of the requests, as a share."""
        after = [
            rss
            for requests, rss in zip(self.requests, self.rss, strict=True)
            if requests * _FIRST >= self.requests[-1]
        ]
        return max(after) / after[0] - 1


def endure(
    bench: Bench, way: Way, what: str, requests: int, ticks: int, *, times: int = 1
) -> Endured:
    """Send many requests to one Envoy while its filters tick; look at its memory.

    Args:
        bench: What is shared.
        way: The way, with its period.
        what: What it is called.
        requests: How many at least.
        ticks: How many at least, of all VMs.
        times: How long the chain is.

    Raises:
        LabError: It did not answer each.
    """
    done, seen, rss = 0, [], []
    with bench.envoy(
        way, times, f"time-{way.slug}", workers=_WORKERS, core=bench.cores.measured
    ) as envoy:
        ticked = 0
        while done < requests or ticked < ticks:
            done += send(envoy.netloc, "/", _SLICE_S, bench.cores.load, key=KEY).requests
            seen.append(done)
            rss.append(envoy.rss_bytes())
            ticked = sum(int(count) for count in _TICKS.findall(envoy.get("/stats")))
            bench.tell(f"over time: {what}, {done:,} requests, {ticked:,} ticks")
    return Endured(what, seen, rss, ticked)
