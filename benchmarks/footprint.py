"""Measure what the lab itself costs: memory with two workers, processor time with 64.

    python -m benchmarks.footprint

The figures are this machine's, at this moment; they are no test. What must hold everywhere, such as
that no line is lost, is asserted in `tests/envoy`.
"""

from __future__ import annotations

import ast
import asyncio
import sys
import time

import nbformat
import psutil
from nbclient import NotebookClient
from rich.console import Console
from rich.table import Table

from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder

_WATCH_S = 20.0
_WORKERS = 64
_MB = 1_000_000
# Runs in a kernel of its own: what a notebook's kernel weighs with an Envoy of two workers.
_CELL = """
import psutil
from lab_helpers import Envoy, compile_filter
envoy = Envoy(compile_filter({folder!r}, reuse=True), workers=2, settings={{"tick_ms": 1000}})
envoy.start().wait_for_tokens()
envoy.ask_every_worker()
processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
weights = [(p.name(), p.memory_info().rss) for p in processes]
envoy.stop()
print(weights)
"""


def main() -> None:
    """Measure, and print a table."""
    folder = str(repository_folder() / "filter" / "token")
    table = Table("what", "measured", "bound")
    kernel = _kernel_weight(folder)
    table.add_row("kernel + Envoy (2 workers) + token API, RSS", f"{kernel / _MB:.0f} MB", "300 MB")
    share, lost = _load_of_64(folder)
    table.add_row("Python at 64 workers, a tick a second", f"{share:.1%} of a core", "10 %")
    table.add_row("ticks missing on the board", str(lost), "0")
    Console().print(table)


def _kernel_weight(folder: str) -> int:
    """Run the cell in a real kernel, and add up what its processes weigh, in bytes."""
    cell = nbformat.v4.new_code_cell(_CELL.format(folder=folder))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    asyncio.set_event_loop(asyncio.new_event_loop())
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    printed = "".join(output.get("text", "") for output in notebook.cells[0].outputs)
    sys.stderr.write(f"{printed}\n")
    return sum(weight for _, weight in ast.literal_eval(printed.strip()))


def _load_of_64(folder: str) -> tuple[float, int]:
    """Watch 64 workers; return Python's share of a core, and how many ticks are missing."""
    module = compile_filter(folder, reuse=True)
    python = psutil.Process()
    with Envoy(module, workers=_WORKERS, settings={"tick_ms": 1000}) as envoy:
        envoy.wait_until(lambda now: now.ticking == _WORKERS + 1, "every thread ticks", 60)
        before, began = sum(python.cpu_times()[:2]), time.monotonic()
        time.sleep(_WATCH_S)
        used, took = sum(python.cpu_times()[:2]) - before, time.monotonic() - began
        picture = envoy.snapshot()
    missing = sum(
        thread.last_tick.n - thread.ticks for thread in picture.threads if thread.last_tick
    )
    return used / took, missing


if __name__ == "__main__":
    main()
