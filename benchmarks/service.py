"""Measure how often the token service is called: by a filter in each worker, and by a Wasm Service.

    python -m benchmarks.service

At 1, 2, 8 and 64 workers. `tests/envoy/test_service.py` asserts the same at 1, 2 and 8.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks._report import Conditions, Row, write_report
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder

_TICK_MS = 1_000
_PERIODS = 6
_NEAR = 0.1  # how far from a whole number a measurement may be


def main() -> None:
    """Measure, and write `benchmarks/service.md`."""
    conditions = Conditions.now()
    rows = [row for workers in (1, 2, 8, 64) for row in _side_by_side(workers)]
    write_report("service", "One fetch per process", rows, conditions.ended())


def _side_by_side(workers: int) -> Iterator[Row]:
    for name, configuration, callers in (
        ("token", "envoy.yaml", workers + 1),
        ("service", "service.yaml", 1),
    ):
        module = compile_filter(repository_folder() / "filter" / name, reuse=True)
        settings = {"tick_ms": _TICK_MS}
        with Envoy(
            module, workers=workers, configuration=configuration, settings=settings
        ) as envoy:
            picture = envoy.wait_until(
                lambda now, callers=callers: now.calls >= _PERIODS * callers,  # type: ignore[misc]
                "six periods of calls",
                60,
            )
            tokens = {answer.headers.get("x-auth") for answer in envoy.ask_every_worker()}
            memory = envoy.figures().rss_bytes
        yield _row(name, workers, callers, picture, len(tokens), memory)


def _row(  # each is a figure of the row
    name: str, workers: int, callers: int, picture: Snapshot, tokens: int, memory: int
) -> Row:
    measured = picture.calls_per_period or 0.0
    return Row(
        "calls a period",
        f"filter/{name}, {workers} worker{'s' if workers > 1 else ''}",
        f"{measured:.2f}; {tokens} token{'s' if tokens > 1 else ''} among the workers' answers;"
        f" {memory / 1e6:.0f} MB",
        f"{callers}",
        abs(measured - callers) < _NEAR * callers,
        {"calls": round(measured, 3), "tokens": tokens, "rss_mb": round(memory / 1e6)},
    )


if __name__ == "__main__":
    main()
