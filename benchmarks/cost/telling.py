"""What the figures mean, in sentences: where Wasm loses and to what, and who pays for a body."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.cost.endurance import FLAT, Endured
from benchmarks.cost.figures import ABOVE, AGREE, KNOWN, NOISE, NOT_KNOWN, Cost, Costs
from benchmarks.cost.footprint import Footprint
from benchmarks.cost.ways import OURS

__all__ = [
    "MISSED",
    "REACHED",
    "UNKNOWN",
    "told_body",
    "told_goals",
    "told_losses",
    "told_memory",
    "told_order",
    "told_over_time",
]

REACHED, MISSED, UNKNOWN = "reached", "NOT REACHED", "not known"

_WASM = "Wasm"
_MB = 1_000_000
_GO = "dynamic module, Go"
_LUA = "Lua"
_C_WASM = "Wasm, C, used exports"
_LUA_SHARE = 2 / 3
_C_SHARE = 1.2
_NATIVE = "native C++ (`header_mutation`)"


def told_losses(costs: Costs) -> Iterator[str]:
    """Say which ways are cheaper than each way by Wasm.

    Args:
        costs: The chain of ten.
    """
    others = [row for row in costs.rows if not row.way.startswith(_WASM)]
    for row in costs.rows:
        if row.way.startswith(_WASM):
            sides = costs.sides(row, others)
            cheaper = [f"{one.way} ({_times(row, one)})" for one in sides.cheaper]
            dearer, like = ([one.way for one in part] for part in sides[1:])
            told = f"**{row.way}** ({row.added_us:.1f} µs) loses to {_listed(cheaper)}."
            told += f" It wins against {_listed(dearer)}."
            yield f"{told} Not told apart: {_listed(like)}." if like else told


def told_memory(footprints: Sequence[Footprint]) -> Iterator[str]:
    """Say what Wasm takes besides processor time.

    Args:
        footprints: Memory and the time to ready.
    """
    found = {one.way: one for one in footprints}
    ours, least = found.get(OURS), min(footprints, key=lambda one: one.rss_64)
    if ours is None:
        return
    yield (
        f"Memory at 64 workers: {ours.rss_64 / _MB:.0f} MB for {OURS}, as each worker has a VM of"
        f" its own; {least.rss_64 / _MB:.0f} MB for {least.way}."
    )
    quickest = min(footprints, key=lambda one: one.ready_s)
    yield (
        f"Time to ready: {ours.ready_s:.2f} s for {OURS}, as its code is compiled for this"
        f" processor at each start; {quickest.ready_s:.2f} s for {quickest.way}."
    )


def told_order(costs: Costs) -> str:
    """Say which neighbours the run does not tell apart.

    Args:
        costs: One scene.
    """
    told = (
        f"A way is told apart from another where it cost more in both halves of the run, by more"
        f" than twice the noise ({ABOVE * costs.noise_us:.2f} µs)."
    )
    if not costs.alike:
        return f"{told} Each is told apart from the next."
    pairs = "; ".join(f"{before} and {after}" for before, after in costs.alike)
    return f"{told} These neighbours are not, so their order is not known: {pairs}."


def told_body(bare: Costs, body: Costs) -> Iterator[str]:
    """Say who pays for a body that no filter looks at.

    Args:
        bare: Without a body.
        body: With one.
    """
    most = 2 * max(bare.noise_us, body.noise_us)
    more = {row.way: row.added_us - was.added_us for row in body.rows if (was := bare.row(row.way))}
    pays = [f"{way} ({extra:+.1f} µs)" for way, extra in more.items() if extra > most]
    free = [way for way, extra in more.items() if extra <= most]
    yield f"More than twice the noise ({most:.2f} µs) pay for it: {_listed(pays)}."
    yield f"Not seen to pay for it: {_listed(free)}."


def told_goals(costs: Costs, alone: Costs | None) -> Iterator[tuple[str, str, str]]:
    """Hold the lab's own filter against what it is to reach.

    Args:
        costs: The chain of ten.
        alone: One filter alone; None where it was not measured.

    Yields:
        The goal, what was measured, and whether it is reached, as far as that is known.
    """
    ours = costs.row(OURS)
    if ours is None:
        return
    for way, share in ((_GO, 1.0), (_LUA, _LUA_SHARE), (_C_WASM, _C_SHARE)):
        other = costs.row(way)
        if other is not None:
            yield (
                f"at most {share:.2f} of {way}",
                (
                    f"{ours.added_us:.1f} of {other.added_us:.1f} µs:"
                    f" {ours.added_us / other.added_us:.2f}"
                ),
                _reached(share * other.added_us - ours.added_us, costs, ours, other),
            )
    if alone is not None and (mine := alone.row(OURS)) and (native := alone.row(_NATIVE)):
        yield (
            f"alone, the throughput of {_NATIVE}, within the noise",
            (
                f"{mine.throughput:.3f} of {native.throughput:.3f}; the noise is"
                f" {alone.noise_throughput:.3f}"
            ),
            _kept(native.throughput - mine.throughput, alone.noise_throughput),
        )


def told_over_time(run: Endured) -> str:
    """Say what memory did over a run.

    Args:
        run: The run.
    """
    ticks = f" and {run.ticks:,} ticks" if run.ticks else ""
    flat = "flat" if run.grown <= FLAT else "it grows"
    return (
        f"**{run.what}**: {run.requests[-1]:,} requests{ticks}; {run.rss[-1] / _MB:.0f} MB at the"
        f" end, {run.grown:+.1%} since the first tenth: {flat}."
    )


def _reached(margin: float, costs: Costs, *rows: Cost) -> str:
    if abs(margin) <= costs.noise_us or any(row.verdict != KNOWN for row in rows):
        return UNKNOWN
    return REACHED if margin > 0 else MISSED


def _kept(lost: float, noise: float) -> str:
    if noise > AGREE:
        return UNKNOWN
    return REACHED if lost <= noise else MISSED


def _times(row: Cost, other: Cost) -> str:
    if NOISE in (row.verdict, other.verdict):
        return f"{other.added_us:.1f} µs"
    unsure = ", not known exactly" if NOT_KNOWN in (row.verdict, other.verdict) else ""
    return f"{other.added_us:.1f} µs: {row.added_us / other.added_us:.1f} times that{unsure}"


def _listed(names: Sequence[str]) -> str:
    return "; ".join(names) if names else "none of them"
