"""What is left of a filter's cost, by cause: things are taken out of it one by one."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.cost.figures import Costs
from benchmarks.cost.ways import APART, BARE, CONTEXTS, NO_HEADER, ONE_HEADER, OURS

__all__ = ["left_part", "told_left"]

# What the first has more than the second, and who could change it.
_STEPS = (
    (NO_HEADER, "", "Envoy enters the module once, for the response's headers", "Envoy"),
    (ONE_HEADER, NO_HEADER, "the first header is set", "Envoy: each call out of a VM"),
    (BARE, ONE_HEADER, "the second header is set", "Envoy: no one call sets two"),
    (
        CONTEXTS,
        BARE,
        "a context is made and deleted for each request: two entries more",
        "the SDK, which wants both; Envoy calls neither where they are not exported",
    ),
    (
        OURS,
        CONTEXTS,
        "Go's own: the SDK's maps, the filter's code",
        "the SDK, mostly",
    ),
)


def told_left(costs: Costs) -> Iterator[tuple[str, str, str]]:
    """Say what each part costs.

    Args:
        costs: The chain of ten.

    Yields:
        The part, its microseconds, and who could change it.
    """
    for whole, without, what, who in _STEPS:
        row, less = costs.row(whole), costs.row(without)
        if row is not None and (less is not None or not without):
            apart = row.added_us - (less.added_us if less is not None else 0.0)
            yield what, _judged(apart, costs.noise_us), who
    ours, each = costs.row(OURS), costs.row(APART)
    if ours is not None and each is not None:
        saved = each.added_us - ours.added_us
        what = "taken already: what a context of its own for each request would add"
        yield what, _judged(saved, costs.noise_us), "the filter, which keeps nothing in it"


def left_part(costs: Costs) -> list[str]:
    """Return the report's part about it.

    Args:
        costs: The chain of ten.
    """
    rows = [f"| {what} | {cost} | {who} |" for what, cost, who in told_left(costs)]
    return [
        "## What is left, by cause",
        "",
        (
            "A filter by C without an SDK, and the lab's own. Each row is the difference between"
            " two of the ways above; more than the noise is known of none."
        ),
        "",
        "| what | µs | who could change it |",
        "|---|--:|---|",
        *rows,
    ]


def _judged(apart: float, noise: float) -> str:
    return f"{apart:.2f}" if abs(apart) > noise else f"{apart:.2f}, within the noise"
