"""One run: build everything, measure the rounds in two halves, then what is measured once."""

from __future__ import annotations

import dataclasses
import sys
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks._report import Conditions
from benchmarks.cost.allocated import Allocated, count_allocations
from benchmarks.cost.building import FILTERS, Built, build_wasm
from benchmarks.cost.crossed import Crossed, count_crossings
from benchmarks.cost.endurance import Endured, endure
from benchmarks.cost.figures import Costs, judge_costs
from benchmarks.cost.footprint import Footprint, Grown, growth, measure_footprint
from benchmarks.cost.processes import Cores
from benchmarks.cost.rounds import Bench, Rounds, Sample, run_rounds
from benchmarks.cost.versions import versions
from benchmarks.cost.ways import GROWING, OURS, WAYS, Way, shipped, ticking
from lab_helpers.token_api import TokenApi

__all__ = ["FULL", "QUICK", "Extent", "Findings", "measure"]

_FAST_TICK_MS = 25


@dataclasses.dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        ways: Which ways.
        chains: The rounds of a half: of each inner list the Envoys run at once, so all of it has
            one length of chain.
        halves: How many parts the run has, each with Envoys of its own.
        heat: As in `Bench`.
        footprints: Whether memory and the time to ready are measured, and compilers run anew.
        workers: At how many workers growth is measured; none where empty.
        requests: How many are sent over time to all filters that the lab ships; 0 for none.
        ticks: How many ticks there are meanwhile.
    """

    ways: Sequence[Way]
    chains: Sequence[Sequence[Rounds]]
    halves: int = 2
    heat: bool = True
    footprints: bool = False
    workers: Sequence[int] = ()
    requests: int = 0
    ticks: int = 0


FULL = Extent(
    WAYS,
    (
        (
            Rounds("ten", 10, 3, 2),
            Rounds("body", 10, 2, 2, path="/body"),
            Rounds("paced", 10, 1, 4, paced=True),
        ),
        (Rounds("alone", 1, 2, 2),),
    ),
    footprints=True,
    workers=(1, 2, 4, 8, 16, 32, 64),
    requests=1_000_000,
    ticks=10_000,
)
"""Twenty minutes and a little more."""

QUICK = Extent([way for way in WAYS if way.quick], ((Rounds("ten", 10, 2, 1),),))
"""Two minutes."""


@dataclasses.dataclass(frozen=True, slots=True)
class Findings:
    """What a run found.

    Attributes:
        samples: Each way in each round.
        costs: What they say, by scene.
        built: What was built, by way; None where nothing is.
        footprints: Memory and the time to ready.
        grown: The same at more and more workers.
        endured: Memory over time.
        cores: Which core was whose.
        conditions: The machine and the versions.
        seconds: How long the run took.
        crossed: What crosses for a request.
        allocated: What Go allocates for a request.
    """

    samples: Sequence[Sample]
    costs: Mapping[str, Costs]
    built: Mapping[str, Built | None]
    footprints: Sequence[Footprint]
    grown: Sequence[Grown]
    endured: Sequence[Endured]
    cores: Cores
    conditions: Conditions
    seconds: float
    crossed: Sequence[Crossed]
    allocated: Sequence[Allocated]


def measure(extent: Extent) -> Findings:
    """Measure.

    Args:
        extent: How much.

    Raises:
        LabError: Something that is compared cannot be built or run, or `wrk` is missing.
    """
    tools = versions(extent.ways)
    began = time.monotonic()
    conditions = Conditions.now()
    built = {way.name: _build(way, fresh=extent.footprints) for way in extent.ways}
    with TokenApi() as api, tempfile.TemporaryDirectory(prefix="lab-cost-") as folder:
        bench = Bench(built, api, _token(api), Path(folder), Cores.here(), _tell, extent.heat)
        # What may fail comes first, before the long part.
        crossed = count_crossings(built)
        allocated = count_allocations(built.keys())
        footprints = _footprints(bench, extent) if extent.footprints else []
        growing = [way for way in extent.ways if way.name in GROWING]
        grown = growth(bench, growing, extent.workers)
        endured = _endured(bench, extent) if extent.requests else []
        samples: list[Sample] = []
        for half in range(extent.halves):
            for plans in extent.chains:
                alone = plans[0].times == 1
                ways = [way for way in extent.ways if not (alone and way.only_ten)]
                samples += run_rounds(bench, ways, half, plans)
    costs = {
        plan.scene: judge_costs(samples, plan.scene, plan.times)
        for plans in extent.chains
        for plan in plans
    }
    ended = conditions.ended(**tools)
    seconds = time.monotonic() - began
    return Findings(
        samples,
        costs,
        built,
        footprints,
        grown,
        endured,
        bench.cores,
        ended,
        seconds,
        crossed,
        allocated,
    )


def _build(way: Way, *, fresh: bool) -> Built | None:
    if way.build is None:
        return None
    _tell(f"building {way.name}")
    return way.build(fresh=True) if fresh and way.compile_anew else way.build()


def _footprints(bench: Bench, extent: Extent) -> list[Footprint]:
    found = []
    for way in extent.ways:
        if not way.only_ten:
            bench.tell(f"memory and start: {way.name}")
            found.append(measure_footprint(bench, way))
    return found


def _endured(bench: Bench, extent: Extent) -> list[Endured]:
    chain, length = shipped(_FAST_TICK_MS)
    leaking = build_wasm(FILTERS / "token", compiler="tinygo", exports="leaking")
    ours = next(way for way in extent.ways if way.name == OURS)
    token = ticking(ours, _FAST_TICK_MS)
    leak = dataclasses.replace(token, name="the token filter without `proxy_on_delete`")
    all_built = {**bench.built, chain.name: chain.build() if chain.build else None}
    bench = dataclasses.replace(bench, built={**all_built, leak.name: leaking})
    requests, ticks = extent.requests, extent.ticks
    return [
        endure(bench, chain, f"all {length} filters of filter/", requests, ticks, times=length),
        endure(bench, token, "the token filter", requests // 2, 0),
        endure(bench, leak, leak.name, requests // 2, 0),
    ]


def _token(api: TokenApi) -> str:
    """Ask for a token as a filter does: it is as long as theirs."""
    asked = urllib.request.Request(f"{api.url}/auth", headers={"x-wasm-vm": "3f2a91"})  # noqa: S310
    with urllib.request.urlopen(asked) as reply:  # noqa: S310  # our own server
        token: str = reply.headers["authorization"]
    return token


def _tell(what: str) -> None:
    sys.stderr.write(f"  {time.strftime('%H:%M:%S')} {what}\n")
    sys.stderr.flush()
