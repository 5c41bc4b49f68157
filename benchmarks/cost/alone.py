"""One filter alone beside one of ten: what the first filter of a chain costs, and what one more."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.cost.figures import ABOVE, NOISE, Cost, Costs
from benchmarks.cost.ways import OURS, TEN_VMS

__all__ = ["alone_part", "told_alone"]

_WASM = "Wasm"


def told_alone(ten: Costs, alone: Costs) -> Iterator[str]:
    """Say whether ten are like one, and what that changes.

    Args:
        ten: The chain of ten.
        alone: One filter alone.
    """
    both = [(row, many) for row in alone.rows if (many := ten.row(row.way))]
    most = ABOVE * (alone.noise_us + ten.noise_us)
    dearer = [(row, many) for row, many in both if row.added_us - many.added_us > most]
    if not dearer:
        yield f"Ten are like one: no two differ by more than twice the noise ({most:.2f} µs)."
        return
    listed = "; ".join(
        f"{row.way} ({row.added_us / many.added_us:.1f} times)" for row, many in dearer
    )
    yield (
        f"**Ten are not like one**, by more than twice the noise ({most:.2f} µs): one alone costs"
        f" more than a tenth of ten in {listed}. So the first table says what one more filter of"
        " the kind costs, and this one what the first costs. What was done for the first helps the"
        " next nine: their code and data are in the processor's caches, as it seems."
    )
    shared, each = ten.row(OURS), ten.row(TEN_VMS)
    if shared is not None and each is not None:
        yield (
            "That Wasm's ten share a VM is the smaller part: with ten VMs, one of ten costs"
            f" {each.added_us:.2f} in place of {shared.added_us:.2f} µs."
        )
    ours = alone.row(OURS)
    if ours is not None:
        yield _against_others(ours, alone)


def _against_others(ours: Cost, alone: Costs) -> str:
    others = [row for row in alone.rows if not row.way.startswith(_WASM) and row.verdict != NOISE]
    cheaper, dearer, _ = (
        "; ".join(f"{row.way} ({row.added_us:.1f} µs)" for row in part)
        for part in alone.sides(ours, others)
    )
    told = f"Alone, **{ours.way}** ({ours.added_us:.1f} µs)"
    told += f" loses to {cheaper or 'none of the others'}"
    return f"{told}, and wins against {dearer or 'none'}."


def alone_part(ten: Costs, alone: Costs) -> list[str]:
    """Return the report's part about it.

    Args:
        ten: The chain of ten.
        alone: One filter alone.
    """
    rows = [
        f"| {row.way} | {many.added_us:.2f} | {row.added_us:.2f} | {row.low_us:.2f} to"
        f" {row.high_us:.2f} | {row.verdict} |"
        for row in alone.rows
        if (many := ten.row(row.way))
    ]
    return [
        "## One filter alone",
        "",
        (
            f"One filter drowns in noise more easily: here it is {alone.noise_us:.2f} µs, and"
            f" {ten.noise_us:.2f} µs with ten, divided by ten."
        ),
        "",
        *(f"- {sentence}" for sentence in told_alone(ten, alone)),
        "",
        "| way | one of ten, µs | alone, µs | least to most of a round | |",
        "|---|--:|--:|--:|---|",
        *rows,
    ]
