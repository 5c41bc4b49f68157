"""Measure what a learner waits for: the import, the log's reading, a page left open, `lab demo`.

    python -m benchmarks.waits

It takes about twenty minutes, and writes its report beside itself. The figures are this machine's,
at this moment; a machine that does something else meanwhile gives worse ones.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psutil

from benchmarks._notebook import Lab, LiveDashboard, open_lab
from benchmarks._report import Conditions, Row, write_report
from lab_helpers.board.board import Board
from lab_helpers.board.parsing import parse_event
from lab_helpers.folders import cache_folder, repository_folder

_MB = 1_000_000
_IMPORT_S, _LINES, _SHARE, _GROWTH = 0.3, 200_000, 0.10, 0.10
_IMPORTS, _ROUNDS, _READ = 9, 5, 60_000
_WATCH_S = 60.0
# An hour's ticks and looks in a tenth of the time, and the first five minutes of it.
_FASTER, _FIRST_S, _HOUR_S = 10, 30.0, 360.0
_NOTEBOOKS = 7
_STAMP = "2026-11-27T12:43:16.567101+00:00"
_FILTER = "|info|wasm|wasm log token token_vm: event="
_LINES_BY_KIND = {
    "a filter's own lines (tick, callout, fetch)": (
        "tick vm=3f2a91 n={n}",
        "callout vm=3f2a91 n={n} cluster=my_custom_svc path=/auth",
        "fetch vm=3f2a91 n={n} outcome=ok status=200 token=ab12cd34",
    ),
    "Envoy's trace of the crossings": (
        "[host->vm] proxy_on_tick(1)",
        "[vm->host] env.proxy_http_call(115530, 13, 125200, 102, 0, 0, 125328, 4, 5000, 65200)",
        "[vm<-host] env.proxy_http_call return: 0",
        "[host<-vm] proxy_on_tick return: void",
    ),
}
_NOTES = (
    "The import: processor time of that line in a fresh interpreter, the median of nine.",
    "Lines: processor time of one thread, the best of five rounds; the collector runs as usual.",
    "The page: processor time and resident memory of Chromium's renderer and its painter.",
    "The hour: JavaScript's heap once its garbage is collected; the first five minutes are let go.",
    "Seven notebooks in one JupyterLab page: with a dashboard in each, and with `1 + 1` in each.",
    "Cold: no compiled module and no compiled package (Go's cache and TinyGo's); tools are there.",
)


def main() -> None:
    """Measure, print a table, and write the report."""
    conditions = Conditions.now()
    rows = [*_import(), *_reading(), *_demo()]
    with open_lab() as lab:
        rows += [*_page(lab), *_hour(lab), *_many(lab)]
        ended = conditions.ended(chromium=lab.chromium)
    write_report("waits", "The learner's waits, measured", rows, ended, _NOTES)


def _import() -> Iterator[Row]:
    code = (
        "import os\nbefore = os.times()\nfrom lab_helpers import Envoy\nafter = os.times()\n"
        "print(after.user + after.system - before.user - before.system)"
    )
    taken = [float(_python("-c", code)) for _ in range(_IMPORTS)]
    took = statistics.median(taken)
    yield Row(
        "`from lab_helpers import Envoy`",
        "a fresh interpreter, files in the system's cache",
        f"{took:.2f} s (from {min(taken):.2f} to {max(taken):.2f})",
        f"≤ {_IMPORT_S} s",
        took <= _IMPORT_S,
        {"seconds": round(took, 3), "least": min(taken), "most": max(taken)},
    )


def _reading() -> Iterator[Row]:
    for kind, texts in _LINES_BY_KIND.items():
        lines = list(_logged(texts))
        events = [parse_event(line) for line in lines]
        known = [event for event in events if event is not None]
        if len(known) != len(lines):
            raise RuntimeError(f"{len(lines) - len(known)} lines were not read.")

        def parse(lines: Sequence[str] = lines) -> None:
            for line in lines:
                parse_event(line)

        parsed = len(lines) / _quickest(parse)

        def apply(known: Sequence[object] = known) -> None:
            board = Board()
            for event in known:
                board.apply(event)  # type: ignore[arg-type]  # events, as filtered above

        applied = len(known) / _quickest(apply)
        yield Row(
            "lines read a second",
            kind,
            f"{parsed:,.0f}; the board takes {applied:,.0f} a second in",
            f"≥ {_LINES:,}",
            parsed >= _LINES,
            {"parsed": round(parsed), "applied": round(applied)},
        )


def _logged(texts: Sequence[str]) -> Iterator[str]:
    for number in range(_READ // len(texts)):
        for text in texts:
            if text.startswith("["):
                yield f"{_STAMP}|{100 + number % 9}|trace|wasm|{text}"
            else:
                yield f"{_STAMP}|{100 + number % 9}{_FILTER}{text.format(n=number // 9 + 1)}"


def _quickest(work: Callable[[], object]) -> float:
    """Return the least processor time that it took, in seconds."""
    took = []
    for _ in range(_ROUNDS):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def _demo() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as fresh:
        # The tools stay; what they compiled does not.
        (Path(fresh) / "toolchain").symlink_to(cache_folder() / "toolchain")
        fresher = dict.fromkeys(("XDG_CACHE_HOME", "LAB_WORK", "LAB_CACHE"), fresh)
        for scene in ("cold", "warm, right after that"):
            stages = _stages(os.environ | fresher)
            told = ", ".join(f"{what} {took:.1f} s" for what, took in stages.items())
            yield Row("`lab demo` until its first token", scene, told, figures=stages)


def _stages(environment: dict[str, str]) -> dict[str, float]:
    """Return how long each stage of the demo took: from its line to the next one's."""
    marks = {
        "Compiling": "its own start",
        "Starting": "compile",
        "Watching": "start Envoy",
        "got token": "first token",
    }
    lab = str(Path(sys.executable).with_name("lab"))
    last, stages = time.monotonic(), dict[str, float]()
    with subprocess.Popen(  # noqa: S603  # the lab's own command
        [lab, "demo", "--seconds", "3"],
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env=environment | {"PYTHONUNBUFFERED": "1"},
        cwd=repository_folder(),
    ) as demo:
        for line in demo.stdout or ():
            stage = next((stage for mark, stage in marks.items() if mark in line), "")
            if stage and stage not in stages:
                now = time.monotonic()
                stages[stage], last = round(now - last, 2), now
    if demo.returncode or len(stages) < len(marks):
        raise RuntimeError(f"The demo ended with {demo.returncode} after {list(stages)}.")
    return stages


def _page(lab: Lab) -> Iterator[Row]:
    with lab.dashboard(workers=8, tick_ms=1000) as live:
        live.wait(10)
        before, began = _browser(), time.monotonic()
        live.wait(_WATCH_S)
        after, took = _browser(), time.monotonic() - began
    shares = {kind: (after[kind][0] - before[kind][0]) / took for kind in before}
    share = shares["renderer"] + shares["gpu-process"]
    yield Row(
        "processor time of a tab that shows a dashboard",
        "8 workers tick every second; lanes in sight; no graphics card",
        f"{share:.1%} of a core ({shares['renderer']:.1%} renderer, {shares['gpu-process']:.1%}"
        " painting)",
        f"≤ {_SHARE:.0%}",
        share <= _SHARE,
        {"share": round(share, 4)},
    )


def _hour(lab: Lab) -> Iterator[Row]:
    with lab.dashboard(workers=8, tick_ms=1000 // _FASTER) as live:
        live.execute(f"dashboard.view._looking._every_s = {0.1 / _FASTER}")
        live.wait(_FIRST_S)
        first, resident = _heap(live), _browser()["renderer"][1]
        live.wait(_HOUR_S - _FIRST_S)
        last, resident_then = _heap(live), _browser()["renderer"][1]
    grown = (last - first) / first
    yield Row(
        "growth of that tab's memory from five minutes to an hour",
        f"8 workers; ticks and looks {_FASTER} times as fast, for {_HOUR_S / 60:.0f} minutes",
        f"{grown:+.1%} ({first / _MB:.1f} → {last / _MB:.1f} MB of JavaScript; resident"
        f" {resident / _MB:.0f} → {resident_then / _MB:.0f} MB)",
        f"≤ {_GROWTH:.0%}",
        grown <= _GROWTH,
        {
            "first_mb": round(first / _MB, 2),
            "last_mb": round(last / _MB, 2),
            "resident_first_mb": round(resident / _MB, 1),
            "resident_last_mb": round(resident_then / _MB, 1),
        },
    )


def _many(lab: Lab) -> Iterator[Row]:
    figures = {}
    for kind in ("empty", "dashboards"):
        with lab.notebooks(_NOTEBOOKS, dashboards=kind == "dashboards") as pages:
            pages.wait_for_timeout(_FIRST_S * 1000)
            figures[kind] = round(_browser()["renderer"][1] / _MB, 1)
    ours = (figures["dashboards"] - figures["empty"]) / _NOTEBOOKS
    yield Row(
        f"memory of one tab with {_NOTEBOOKS} notebooks open",
        "2 workers each; the renderer's resident memory",
        f"{figures['dashboards']:.0f} MB with a live dashboard in each, {figures['empty']:.0f} MB"
        f" with none: {ours:.0f} MB a dashboard",
        figures=figures,
    )


def _heap(live: LiveDashboard) -> float:
    """Return how many bytes of JavaScript a page holds once its garbage is collected."""
    session = live.page.context.new_cdp_session(live.page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return float(used)


def _browser() -> dict[str, tuple[float, int]]:
    """Return processor seconds and resident bytes of the browser's processes, by their kind."""
    found: dict[str, tuple[float, int]] = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            kinds = [word[7:] for word in process.cmdline() if word.startswith("--type=")]
            if kinds:
                spent, used = found.get(kinds[0], (0.0, 0))
                times = process.cpu_times()
                resident = used + process.memory_info().rss
                found[kinds[0]] = (spent + times.user + times.system, resident)
    return found


def _python(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603


if __name__ == "__main__":
    main()
