"""What the samples say: what each way adds to a request, how sure that is, and in which order."""

from __future__ import annotations

import dataclasses
import itertools
import statistics
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.cost.rounds import Sample
from benchmarks.cost.ways import BASE, CONTROL

__all__ = [
    "ABOVE",
    "AGREE",
    "KNOWN",
    "NOISE",
    "NOT_KNOWN",
    "Cost",
    "Costs",
    "judge_costs",
    "told_apart",
]

KNOWN = "known"
NOT_KNOWN = "not known"
NOISE = "within the noise"

AGREE = 0.15
"""By how much two halves of a run may differ, or two runs, where a cost is above the noise."""

ABOVE = 2
"""How many times the noise a cost must be, to be one."""


@dataclasses.dataclass(frozen=True, slots=True)
class Cost:
    """What one way adds, for each filter of its chain.

    Attributes:
        way: Its name.
        added_us: Processor time for each request and filter, in microseconds, the median of all
            rounds.
        low_us: The least of a round.
        high_us: The most of a round.
        halves_us: The median of each half of the run.
        throughput: Requests a second, where one without a filter is 1.
        p50_us: The median latency, in microseconds.
        p99_us: The latency that one in a hundred exceeds.
        per_s: Requests a second.
        verdict: `KNOWN`, `NOT_KNOWN` or `NOISE`.
    """

    way: str
    added_us: float
    low_us: float
    high_us: float
    halves_us: tuple[float, ...]
    throughput: float
    p50_us: float
    p99_us: float
    per_s: float
    verdict: str


class Sides(NamedTuple):
    """Other ways beside one: those that are cheaper, those that are dearer, and the rest."""

    cheaper: Sequence[Cost]
    dearer: Sequence[Cost]
    alike: Sequence[Cost]


@dataclasses.dataclass(frozen=True, slots=True)
class Costs:
    """All ways in one scene.

    Attributes:
        scene: As in `Sample`.
        times: How often each filter stands in the chain.
        request_us: What a request costs without a filter.
        noise_us: How much of what is told for each filter may be noise: as much as two runs of no
            filter at all differed, in the half in which they differed most.
        noise_throughput: By how much the throughput of these two differed, where one is 1.
        base: No filter: its requests a second, its p50 and its p99 in microseconds.
        rows: The cheapest first; without the two that have no filter.
        alike: Neighbours that are not told apart (`told_apart`), so that their order is not known.
    """

    scene: str
    times: int
    request_us: float
    noise_us: float
    noise_throughput: float
    base: tuple[float, float, float]
    rows: Sequence[Cost]
    alike: Sequence[tuple[str, str]]

    def row(self, way: str) -> Cost | None:
        """Return the row of a way; None where it was not measured.

        Args:
            way: Its name.
        """
        return next((row for row in self.rows if row.way == way), None)

    def sides(self, row: Cost, others: Sequence[Cost]) -> Sides:
        """Part other ways by what they cost beside one.

        Args:
            row: The one.
            others: The others.
        """
        apart = [one for one in others if told_apart(row.halves_us, one.halves_us, self.noise_us)]
        return Sides(
            [one for one in apart if one.added_us < row.added_us],
            [one for one in apart if one.added_us > row.added_us],
            [one for one in others if one not in apart],
        )


def told_apart(first_us: Sequence[float], second_us: Sequence[float], noise_us: float) -> bool:
    """Tell whether one of two costs is the greater one, as far as a run can say.

    It is where it was greater in each half of the run, by more than twice the noise on the average.

    Args:
        first_us: What one way added, in each half of the run.
        second_us: What the other added.
        noise_us: The noise of the run.
    """
    apart = [one - other for one, other in zip(first_us, second_us, strict=True)]
    one_sign = all(half > 0 for half in apart) or all(half < 0 for half in apart)
    return one_sign and abs(statistics.fmean(apart)) > ABOVE * noise_us


_Round = tuple[int, int]


def judge_costs(samples: Sequence[Sample], scene: str, times: int) -> Costs:
    """Reckon what each way adds in a scene.

    Each sample is held against the mean of the two without a filter in the same round.

    Args:
        samples: All that was measured.
        scene: Which of them.
        times: How often each filter stood in the chain.

    Raises:
        ValueError: A way lacks in a round.
    """
    found: dict[str, dict[_Round, Sample]] = {}
    for sample in samples:
        if sample.scene == scene:
            found.setdefault(sample.way, {})[sample.half, sample.number] = sample
    if BASE not in found or any(rounds.keys() != found[BASE].keys() for rounds in found.values()):
        raise ValueError(f"not every way was measured in each round of {scene}")
    base, control = found.pop(BASE), found.pop(CONTROL)
    difference = {at: (control[at].cpu_us - base[at].cpu_us) / times for at in base}
    noise = max(abs(half) for half in _by_half(difference))
    faster = max(
        abs(half) for half in _by_half({at: control[at].per_s / base[at].per_s - 1 for at in base})
    )
    bases = {at: (base[at].cpu_us + control[at].cpu_us) / 2 for at in base}
    speeds = {at: (base[at].per_s + control[at].per_s) / 2 for at in base}
    rows = [_cost(way, rounds, bases, speeds, times, noise) for way, rounds in found.items()]
    rows.sort(key=lambda row: row.added_us)
    alike = [
        (before.way, after.way)
        for before, after in itertools.pairwise(rows)
        if not told_apart(before.halves_us, after.halves_us, noise)
    ]
    request = statistics.median(bases.values())
    both = [*base.values(), *control.values()]
    seen = (
        statistics.median(speeds.values()),
        statistics.median(sample.p50_us for sample in both),
        statistics.median(sample.p99_us for sample in both),
    )
    return Costs(scene, times, request, noise, faster, seen, rows, alike)


def _cost(
    way: str,
    rounds: Mapping[_Round, Sample],
    bases: Mapping[_Round, float],
    speeds: Mapping[_Round, float],
    times: int,
    noise: float,
) -> Cost:
    added = {at: (sample.cpu_us - bases[at]) / times for at, sample in rounds.items()}
    halves = tuple(_by_half(added))
    return Cost(
        way,
        statistics.median(added.values()),
        min(added.values()),
        max(added.values()),
        halves,
        statistics.median(sample.per_s / speeds[at] for at, sample in rounds.items()),
        statistics.median(sample.p50_us for sample in rounds.values()),
        statistics.median(sample.p99_us for sample in rounds.values()),
        statistics.median(sample.per_s for sample in rounds.values()),
        _verdict(halves, noise),
    )


def _verdict(halves: Sequence[float], noise: float) -> str:
    mean = statistics.fmean(halves)
    if mean <= ABOVE * noise:
        return NOISE
    return KNOWN if max(halves) - min(halves) <= AGREE * mean else NOT_KNOWN


def _by_half(found: Mapping[_Round, float]) -> list[float]:
    halves: dict[int, list[float]] = {}
    for (half, _), value in found.items():
        halves.setdefault(half, []).append(value)
    return [statistics.median(halves[half]) for half in sorted(halves)]
