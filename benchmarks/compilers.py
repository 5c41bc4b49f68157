"""Measure what TinyGo and standard Go make of the token filter: what lesson 03 cites.

    python -m benchmarks.compilers

It takes two minutes, and writes its report beside itself.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from unittest import mock

import psutil

from benchmarks._report import Conditions, Row, write_report
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.folders import cache_folder, repository_folder
from tests.load import statuses_of

_MB = 1_000_000
_Compiler = Literal["tinygo", "go"]
_COMPILERS: tuple[_Compiler, ...] = ("tinygo", "go")
_STARTS = 5
_ROUNDS = 5
_WARM, _REQUESTS = 800, 12_000
_AN_HOUR_MS = 3_600_000
_NOTES = (
    "Compile: with no compiled package in Go's cache or TinyGo's, then again with a line changed.",
    "Ready: `Envoy(…).start()` to its return, the median of five.",
    "Memory: Envoy's resident memory, two workers, once each of them has a token.",
    "Cost: processor time of Envoy's process for each answer, less that of one without a filter.",
)


@dataclasses.dataclass(frozen=True, slots=True)
class _Measured:
    """What was measured of one compiler's module."""

    cold_s: float
    warm_s: float
    module: Module
    ready_s: float
    rss: int


def main() -> None:
    """Measure, print a table, and write the report."""
    conditions = Conditions.now()
    found = {str(name): _measure(name) for name in _COMPILERS}
    costs = _costs({name: each.module for name, each in found.items()})
    rows = list(_rows(found, costs))
    write_report("compilers", "TinyGo and standard Go, measured", rows, conditions.ended(), _NOTES)


def _rows(found: dict[str, _Measured], costs: dict[str, float]) -> Iterator[Row]:
    for name, each in found.items():
        figures = {
            "compile_cold_s": round(each.cold_s, 1),
            "compile_warm_s": round(each.warm_s, 1),
            "bytes": each.module.bytes,
            "ready_s": round(each.ready_s, 2),
            "rss_bytes": each.rss,
            "cost_us": round(costs[name], 1),
        }
        yield Row(
            {"tinygo": "TinyGo", "go": "standard Go"}[name],
            "the token filter, 2 workers",
            f"compiled in {each.cold_s:.0f} s the first time, {each.warm_s:.1f} s after a change;"
            f" {each.module.bytes / 1000:,.0f} kB; ready after {each.ready_s:.1f} s;"
            f" Envoy takes {each.rss / _MB:.0f} MB; {costs[name]:.0f} µs a request",
            figures=figures,
        )


def _measure(compiler: _Compiler) -> _Measured:
    with tempfile.TemporaryDirectory() as fresh:
        # The tools stay; what they compiled does not.
        (Path(fresh) / "toolchain").symlink_to(cache_folder() / "toolchain")
        with mock.patch.dict(os.environ, XDG_CACHE_HOME=fresh, LAB_CACHE=fresh, LAB_WORK=fresh):
            filters = Path(fresh) / "filter"
            shutil.copytree(repository_folder() / "filter", filters)
            cold_s, _ = _compiled(filters / "token", compiler)
            main_go = filters / "token" / "main.go"
            main_go.write_text(f"{main_go.read_text()}\nvar benchmarked = 1\n")
            warm_s, _ = _compiled(filters / "token", compiler)
    module = compile_filter("token", compiler=compiler)
    ready, rss = [], 0
    for _ in range(_STARTS):
        began = time.monotonic()
        with Envoy(module, workers=2, settings={"tick_ms": 1000}) as envoy:
            ready.append(time.monotonic() - began)
            envoy.wait_for_tokens()
            rss = envoy.figures().rss_bytes
    return _Measured(cold_s, warm_s, module, statistics.median(ready), rss)


def _compiled(folder: Path, compiler: _Compiler) -> tuple[float, Module]:
    began = time.monotonic()
    module = compile_filter(folder, compiler=compiler)
    return time.monotonic() - began, module


def _costs(modules: dict[str, Module]) -> dict[str, float]:
    """Return what each module adds to Envoy's processor time a request, in microseconds."""
    taken: dict[str, list[float]] = {name: [] for name in ("", *modules)}
    for _ in range(_ROUNDS):
        for name, spent in taken.items():
            settings = {"tick_ms": _AN_HOUR_MS} if name else None
            with Envoy(modules.get(name), workers=1, settings=settings) as envoy:
                statuses_of(envoy.url, _WARM)
                process = psutil.Process(envoy.pid)
                before = process.cpu_times()
                statuses_of(envoy.url, _REQUESTS)
                after = process.cpu_times()
            used = after.user + after.system - before.user - before.system
            spent.append(used / _REQUESTS * 1_000_000)
    bare = statistics.median(taken[""])
    return {name: statistics.median(spent) - bare for name, spent in taken.items() if name}


if __name__ == "__main__":
    main()
