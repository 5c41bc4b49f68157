"""Two runs on one machine: whether they agree in order, and in each cost."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.cost.figures import ABOVE, AGREE, NOT_KNOWN, Cost, Costs, told_apart

__all__ = ["Before", "doubt", "read_before", "told_again"]


@dataclasses.dataclass(frozen=True, slots=True)
class Before:
    """What an earlier run found.

    Attributes:
        began: When it began.
        processor: On which machine.
        noise_us: Its noise.
        added_us: What each way added, by its name.
        halves_us: The same, in each half of the run.
    """

    began: str
    processor: str
    noise_us: float
    added_us: Mapping[str, float]
    halves_us: Mapping[str, Sequence[float]]


def read_before(file: Path, scene: str = "ten") -> Before | None:
    """Read the JSON of an earlier run; None where there is none.

    Args:
        file: Where it is.
        scene: Which of its scenes.
    """
    if not file.exists():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    costs = told["costs"][scene]
    return Before(
        told["conditions"]["began"],
        told["conditions"]["processor"],
        costs["noise_us"],
        {row["way"]: row["added_us"] for row in costs["rows"]},
        {row["way"]: row["halves_us"] for row in costs["rows"]},
    )


def doubt(costs: Costs, before: Before, processor: str) -> Costs:
    """Return a run's costs; what the run before found otherwise is not known any more.

    Args:
        costs: What this run found.
        before: The one before.
        processor: This machine's; a run on another one says nothing here.
    """
    if before.processor != processor:
        return costs
    otherwise = {row.way for row in _otherwise(costs, before)}
    rows = [
        dataclasses.replace(row, verdict=NOT_KNOWN) if row.way in otherwise else row
        for row in costs.rows
    ]
    return dataclasses.replace(costs, rows=rows)


def told_again(costs: Costs, before: Before, processor: str) -> Iterator[str]:
    """Say whether a run agrees with the one before.

    Args:
        costs: What this run found.
        before: The one before.
        processor: This machine's.
    """
    if before.processor != processor:
        yield f"The run before ({before.began}) was on another processor: {before.processor}."
        return
    noise = max(costs.noise_us, before.noise_us)
    yield _told_order(_in_both(costs, before), before, noise)
    apart = [
        f"{row.way} ({before.added_us[row.way]:.2f} µs then)" for row in _otherwise(costs, before)
    ]
    if apart:
        yield f"Not known, for the two differ by more than {AGREE:.0%}: {'; '.join(apart)}."
    else:
        yield f"Each cost above twice the noise ({noise:.2f} µs) is within {AGREE:.0%} of it."


def _in_both(costs: Costs, before: Before) -> list[Cost]:
    return [row for row in costs.rows if row.way in before.added_us]


def _otherwise(costs: Costs, before: Before) -> Iterator[Cost]:
    noise = max(costs.noise_us, before.noise_us)
    for row in _in_both(costs, before):
        was = before.added_us[row.way]
        mean = (row.added_us + was) / 2
        if mean > ABOVE * noise and abs(row.added_us - was) > AGREE * mean:
            yield row


def _told_order(rows: Sequence[Cost], before: Before, noise_us: float) -> str:
    pairs = list(itertools.combinations(rows, 2))
    apart = [
        (first, second)
        for first, second in pairs
        if told_apart(first.halves_us, second.halves_us, noise_us)
        and told_apart(before.halves_us[first.way], before.halves_us[second.way], noise_us)
    ]
    turned = [
        f"{first.way} and {second.way}"
        for first, second in apart
        if before.added_us[first.way] > before.added_us[second.way]
    ]
    told = (
        f"Of {len(pairs)} pairs of ways, this run and the one before ({before.began}) both tell"
        f" {len(apart)} apart"
    )
    if turned:
        return f"{told}. Not known, for they came in the other order: {'; '.join(turned)}."
    return f"{told}, each in the same order."
