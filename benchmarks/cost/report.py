"""The report: Markdown with its pictures, and all samples as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.cost import telling
from benchmarks.cost.again import Before, doubt, read_before, told_again
from benchmarks.cost.allocated import allocated_part
from benchmarks.cost.alone import alone_part
from benchmarks.cost.crossed import crossed_part
from benchmarks.cost.figures import Cost, Costs
from benchmarks.cost.left import left_part
from benchmarks.cost.pictures import draw_added, draw_over_time
from benchmarks.cost.run import Findings
from benchmarks.cost.taken import grown_parts, taken_part
from benchmarks.cost.ways import BASE, OURS

__all__ = ["as_json", "write"]

_READING = """\
## How to read it

- *Added*: Envoy's processor time for a request, less that of a request without a filter in the
  same round, divided by the {times} filters of the chain. For `ext_proc` the service's time is in
  it. The figure is the median of all rounds.
- *Noise*: an Envoy without a filter is measured twice in each round. As much as these two differ,
  any figure may be wrong.
- *known*: above twice the noise, and the two halves of the run agree within 15 %. *not known*: they
  do not agree, or the run before found more than 15 % more or less. *within the noise*: not above
  twice the noise. Each half starts Envoys of its own.
- *Throughput*: of the whole chain, on four connections, as fast as it goes; no filter is 1. On a
  machine that does other work as well, it says little: see the load average below.
- *used exports*: as `lab build` makes the module. Envoy calls only what the filter has. *all
  exports*: Envoy calls all that the SDK has, for nothing.
- The Wasm filters of a chain share one VM in each thread, for they have one `vm_id` and one code.
  So the code is in memory once, as that of every other way is. *ten VMs* has a VM for each filter.
- C, Rust, Lua and C++ are told the token. The others ask for it, once a second. These calls are in
  their figures, and are few beside the requests.
- Envoy answers by itself: no upstream stands behind it. A request to a real one costs more, and the
  same filter is then a smaller share of it.
- *One of ten* is not *alone*: see there what the first filter of a chain costs.
- Only ratios within one run count. Another machine has other figures.
"""

_HERE = Path(__file__).parent.parent


def write(findings: Findings, name: str, folder: Path = _HERE) -> Path:
    """Write the report, its pictures and its JSON.

    Args:
        findings: What was measured.
        name: Of the benchmark; the files' names begin with it.
        folder: Where to.

    Returns:
        The report.
    """
    report = folder / f"{name}.md"
    before = read_before(folder / f"{name}.json")
    if before is not None:
        ten = doubt(findings.costs["ten"], before, findings.conditions.processor)
        findings = dataclasses.replace(findings, costs={**findings.costs, "ten": ten})
    lines = [line for part in _parts(findings, name, folder, before) for line in (*part, "")]
    report.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    told = json.dumps(as_json(findings), indent=1)
    (folder / f"{name}.json").write_text(told + "\n", encoding="utf-8")
    return report


def as_json(findings: Findings) -> Mapping[str, Any]:
    """Return all that was measured as plain values.

    Args:
        findings: What was measured.
    """
    conditions = dataclasses.asdict(findings.conditions)
    conditions["processor"] = findings.conditions.processor
    conditions["began"] = findings.conditions.began.isoformat(timespec="seconds")
    built = {
        way: {"bytes": one.bytes, "compile_s": one.compile_s} if one else None
        for way, one in findings.built.items()
    }
    return {
        "conditions": {**conditions, "seconds": round(findings.seconds)},
        "cores": dataclasses.asdict(findings.cores),
        "costs": {scene: dataclasses.asdict(costs) for scene, costs in findings.costs.items()},
        "built": built,
        "footprints": [dataclasses.asdict(one) for one in findings.footprints],
        "grown": [dataclasses.asdict(one) for one in findings.grown],
        "crossed": [dataclasses.asdict(one) for one in findings.crossed],
        "allocated": [dataclasses.asdict(one) for one in findings.allocated],
        "endured": [dataclasses.asdict(one) for one in findings.endured],
        "samples": [dataclasses.asdict(one) for one in findings.samples],
    }


def _parts(
    findings: Findings, name: str, folder: Path, before: Before | None
) -> Iterator[list[str]]:
    costs = findings.costs
    yield [
        "# What a request costs",
        "",
        (
            f"What `make bench ARGS={name}` measured last. Every filter here does the same: it sets"
            " two headers of each response. They differ in the language, and in where they run."
        ),
    ]
    yield from _added(costs["ten"], name, folder, costs.get("body"))
    if before is not None:
        again = told_again(costs["ten"], before, findings.conditions.processor)
        yield ["## Against the run before", "", *(f"- {sentence}" for sentence in again)]
    yield _losses(findings)
    yield left_part(costs["ten"])
    if findings.crossed:
        yield crossed_part(findings.crossed)
    if findings.allocated:
        yield allocated_part(findings.allocated)
    if "body" in costs:
        yield _body(costs["ten"], costs["body"])
    if "paced" in costs:
        yield _paced(costs["paced"])
    if "alone" in costs:
        yield alone_part(costs["ten"], costs["alone"])
    yield taken_part(findings)
    if findings.grown:
        yield from grown_parts(findings, name, folder)
    if findings.endured:
        draw_over_time(findings.endured, folder / f"{name}-over-time.png")
        yield [
            "## Memory over time",
            "",
            f"![Memory against requests, a line for each run]({name}-over-time.png)",
            "",
            *(f"- {telling.told_over_time(run)}" for run in findings.endured),
        ]
    yield _reading(costs["ten"])
    yield _conditions(findings)


def _added(costs: Costs, name: str, folder: Path, body: Costs | None) -> Iterator[list[str]]:
    draw_added(costs, folder / f"{name}-added.png", body)
    first, last = costs.rows[0], costs.rows[-1]
    yield [
        "## What one filter adds",
        "",
        f"![Bars of what each way adds to a request, the cheapest on top]({name}-added.png)",
        "",
        (
            f"A request without a filter costs {costs.request_us:.1f} µs. The least is added by"
            f" {first.way}: {first.added_us:.1f} µs. The most is added by {last.way}:"
            f" {last.added_us:.1f} µs. Noise: {costs.noise_us:.2f} µs a filter."
        ),
    ]
    yield [
        "| way | added, µs | least to most of a round | each half | throughput | |",
        "|---|--:|--:|--:|--:|---|",
        *(_row(row) for row in costs.rows),
        "",
        telling.told_order(costs),
    ]


def _row(row: Cost) -> str:
    halves = " · ".join(f"{half:.2f}" for half in row.halves_us)
    return (
        f"| {row.way} | {row.added_us:.2f} | {row.low_us:.2f} to {row.high_us:.2f} | {halves}"
        f" | {row.throughput:.3f} | {row.verdict} |"
    )


def _losses(findings: Findings) -> list[str]:
    costs = findings.costs["ten"]
    lines = [
        "## Where Wasm loses, and to what",
        "",
        *(f"- {sentence}" for sentence in telling.told_losses(costs)),
    ]
    if findings.footprints:
        lines += [f"- {sentence}" for sentence in telling.told_memory(findings.footprints)]
    lines += [
        "",
        f"What is to be reached by *{OURS}*:",
        "",
        "| goal | measured | |",
        "|---|---|---|",
    ]
    for goal, measured, verdict in telling.told_goals(costs, findings.costs.get("alone")):
        lines.append(f"| {goal} | {measured} | {verdict} |")
    return lines


def _body(bare: Costs, body: Costs) -> list[str]:
    rows = [
        f"| {row.way} | {was.added_us:.2f} | {row.added_us:.2f}"
        f" | {row.added_us - was.added_us:+.2f} | {row.verdict} |"
        for row in body.rows
        if (was := bare.row(row.way))
    ]
    return [
        "## With a body of 4 KB",
        "",
        (
            "The response has a body of 4 KB, which no filter looks at. So what is more is paid for"
            f" nothing. The request itself costs {body.request_us - bare.request_us:+.1f} µs more."
        ),
        "",
        *(f"- {sentence}" for sentence in telling.told_body(bare, body)),
        "",
        "| way | no body, µs | body, µs | more | with the body |",
        "|---|--:|--:|--:|---|",
        *rows,
    ]


def _paced(costs: Costs) -> list[str]:
    per_s, p50, p99 = costs.base
    return [
        "## Latency below saturation",
        "",
        "Ten connections, each of which waits 40 ms after an answer: nothing queues. Ten filters.",
        "",
        "| way | requests a second | p50, µs | p99, µs |",
        "|---|--:|--:|--:|",
        f"| {BASE} | {per_s:.0f} | {p50:.0f} | {p99:.0f} |",
        *(
            f"| {row.way} | {row.per_s:.0f} | {row.p50_us:.0f} | {row.p99_us:.0f} |"
            for row in costs.rows
        ),
    ]


def _reading(costs: Costs) -> list[str]:
    return _READING.format(times=costs.times).splitlines()


def _conditions(findings: Findings) -> list[str]:
    minutes = findings.seconds / 60
    sentences = (*findings.conditions.sentences(), findings.cores.sentence)
    return [
        "## Conditions",
        "",
        *(f"- {sentence}" for sentence in sentences),
        f"- The run took {minutes:.0f} minutes. One worker, but where another number stands.",
    ]
