"""Measure what it costs to look at the crossings: latency, lines, and how soon too much is noticed.

    make bench ARGS=crossings

Two loads, each side by side in one run: requests one after another, as a person sends them, and
`wrk` (Debian's package) at full speed. Envoy, `wrk` and Python share the machine's cores.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator

from benchmarks._report import Conditions, Row, write_report
from lab_helpers.board.parsing import parse_event
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.lookout import BUDGET_LINES_S
from lab_helpers.folders import repository_folder

_REQUESTS = 300
_LOAD_S = 5
_ROUNDS = 3
_PARSED = 200_000
_RECORDING = "tests/unit/board/recordings/1.40.0-tinygo-token.log"
_SERVED = re.compile(r"(\d+) requests in")
_P99 = re.compile(r"99%\s+([\d.]+)(us|ms|s)")
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


def main() -> None:
    """Measure, and write `benchmarks/crossings.md`."""
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is missing. Try: apt-get install wrk")
    module = compile_filter(repository_folder() / "filter" / "hello", reuse=True)
    conditions = Conditions.now()
    rows = [*_one_by_one(module), *_full_speed(module, 2), *_full_speed(module, 64), _parsing()]
    write_report("crossings", "What it costs to look at the crossings", rows, conditions.ended())


def _one_by_one(module: Module) -> Iterator[Row]:
    medians: dict[str, list[float]] = {"log": [], "crossings": []}
    for _ in range(_ROUNDS):
        for see, found in medians.items():
            with Envoy(module, workers=1, see=see) as envoy:
                times = [envoy.ask("worker_0").latency_ms for _ in range(_REQUESTS)]
            found.append(statistics.median(times))
    off, on = (statistics.median(medians[see]) for see in ("log", "crossings"))
    yield Row(
        "median latency of one request",
        f"{_ROUNDS} times {_REQUESTS}, one after another, 1 worker",
        f"{on:.2f} ms with crossings, {off:.2f} ms without: {on / off:.2f} times",
        figures={"on_ms": round(on, 3), "off_ms": round(off, 3), "ratio": round(on / off, 3)},
    )


def _full_speed(module: Module, workers: int) -> Iterator[Row]:
    served: dict[str, float] = {}
    for see in ("log", "auto", "crossings"):
        with Envoy(module, workers=workers, see=see) as envoy:
            began = time.time()
            said = _wrk(envoy.url)
            picture = envoy.snapshot()
            answered = envoy.stats(r"^http\.ingress\.downstream_rq_2xx$")
            began_at, off_at = began, picture.seeing.since
        count, p99 = int(_SERVED.search(said)[1]), _p99_ms(said)  # type: ignore[index]
        lost = "Socket errors" in said or "Non-2xx" in said
        served[see] = count / _LOAD_S
        after = f"; off {off_at - began_at:.2f} s after the load began" if see == "auto" else ""
        dropped = f"; {picture.seeing.dropped:,} lines dropped" if see == "crossings" else ""
        yield Row(
            f"`wrk` at full speed, see={see}",
            f"{workers} workers, 8 connections, {_LOAD_S} s",
            f"{served[see]:,.0f} requests a second, {served[see] / served['log']:.2f} of see=log;"
            f" p99 {p99:.1f} ms; responses lost: {'yes' if lost else 'none'}{after}{dropped}",
            "no response lost",
            not lost,
            {
                "requests_s": round(served[see], 1),
                "p99_ms": round(p99, 2),
                "dropped": picture.seeing.dropped,
                "answered": sum(answered.values()),
            },
        )


def _parsing() -> Row:
    lines = (repository_folder() / _RECORDING).read_text(encoding="utf-8").splitlines()
    lines *= _PARSED // len(lines) + 1
    began = time.perf_counter()
    for line in lines:
        parse_event(line)
    rate = len(lines) / (time.perf_counter() - began)
    return Row(
        "lines parsed a second",
        "the token filter's recorded log, crossings and its own lines",
        f"{rate:,.0f} (the budget is {BUDGET_LINES_S:,})",
        "more than the budget",
        rate > BUDGET_LINES_S,
        {"lines_s": round(rate)},
    )


def _wrk(url: str) -> str:
    words = ["wrk", "-t1", "-c8", f"-d{_LOAD_S}s", "--latency", url]
    ended = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    return ended.stdout


def _p99_ms(said: str) -> float:
    found = _P99.search(said)
    return float(found[1]) * _MS[found[2]] if found else 0.0


if __name__ == "__main__":
    main()
