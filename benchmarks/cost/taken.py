"""The report's parts about what a filter takes besides processor time, and how that grows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.cost.pictures import draw_grown
from benchmarks.cost.run import Findings

__all__ = ["grown_parts", "taken_part"]

_MB = 1_000_000
_KB = 1000


def taken_part(findings: Findings) -> list[str]:
    """Return the part about sizes, compilers, memory and starts, line by line.

    Args:
        findings: What was measured.
    """
    found = {one.way: one for one in findings.footprints}
    lines = [
        "## Size, compilation, memory, start",
        "",
        (
            "Memory (RSS) and start are those of one filter. A dash: nothing is compiled, or it was"
            " not measured. Of two that differ in their exports, one is compiled anew. Compilers"
            " keep what they have compiled of libraries."
        ),
        "",
        "| way | size, kB | compile, s | MB at 2 workers | MB at 64 | ready after, s |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for way, built in findings.built.items():
        foot = found.get(way)
        size = f"{built.bytes / _KB:,.1f}" if built else "–"
        compiled = f"{built.compile_s:.1f}" if built and built.compile_s is not None else "–"
        few, many, ready = ("–", "–", "–")
        if foot:
            few, many = f"{foot.rss_2 / _MB:.0f}", f"{foot.rss_64 / _MB:.0f}"
            ready = f"{foot.ready_s:.2f}"
        lines.append(f"| {way} | {size} | {compiled} | {few} | {many} | {ready} |")
    return lines


def grown_parts(findings: Findings, name: str, folder: Path) -> Iterator[list[str]]:
    """Draw what grows with the workers; return the parts about it, line by line.

    Args:
        findings: What was measured.
        name: Of the benchmark.
        folder: Where the pictures go.
    """
    pictures = {
        "memory": ("memory of Envoy (RSS), in MB", lambda one: one.rss / _MB),
        "start": ("from start to ready, in s", lambda one: one.ready_s),
        "ticks": ("ticks a period", lambda one: one.ticks),
        "calls": ("calls for a token a period", lambda one: one.calls),
    }
    yield ["## More workers", "", "One filter in the chain, a period of a second."]
    for what, (words, of) in pictures.items():
        draw_grown(findings.grown, of, words, folder / f"{name}-{what}.png")
        yield [f"![{words}, against the number of workers]({name}-{what}.png)"]
    yield [
        "| way | workers | MB | ready after, s | ticks a period | calls a period |",
        "|---|--:|--:|--:|--:|--:|",
        *(
            f"| {one.way} | {one.workers} | {one.rss / _MB:.0f} | {one.ready_s:.2f} |"
            f" {one.ticks:.1f} | {one.calls:.1f} |"
            for one in sorted(findings.grown, key=lambda one: (one.way, one.workers))
        ),
    ]
