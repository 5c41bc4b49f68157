"""Measure the herd: when the calls of 64 workers for a token come, and what settings make of it.

    make bench ARGS=herd

Each scene is a run of its own, with the same module and the same period. What is measured is what
arrives at the token API, by its own clock.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks._report import Conditions, Row, write_report
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.figures.call_times import BURST_MS, CallTimes, call_times
from lab_helpers.folders import repository_folder
from lab_helpers.token_api import Fault, TokenApi

_WORKERS = 64
_PERIOD_S = 2.0
_PERIODS = 5
_DOWN_S = 20
_LIFE_S = 10
_LIVES = 2
_WAIT_S = 120
_TICK: Mapping[str, Any] = {"tick_ms": int(1000 * _PERIOD_S)}
_BACKOFF = {"backoff_ms": 1_000, "backoff_most_ms": 8_000}
_SCENES: Mapping[str, Mapping[str, Any]] = {
    "as in the article": {},
    "jitter_percent 20": {"jitter_percent": 20},
    "jitter_percent 100": {"jitter_percent": 100},
}
_DOWN: Mapping[str, Mapping[str, Any]] = {
    "as in the article": {},
    "back-off from 1 to 8 s": _BACKOFF,
    "the same, jitter_percent 50": {**_BACKOFF, "jitter_percent": 50},
}
_NOTES = (
    f"Period: {_PERIOD_S:g} s. {_WORKERS} workers and the main thread are {_WORKERS + 1} VMs.",
    "Nine tenths within so much of a period: the shortest part of it that they came in.",
    "Jitter shortens each wait by a random part, at most by its share: so there are more calls.",
    "Envoy, the token API and Python share the machine's cores.",
)


def main() -> None:
    """Measure, and write `benchmarks/herd.md`."""
    module = compile_filter(repository_folder() / "filter" / "token", reuse=True)
    conditions = Conditions.now()
    rows = [*_spread(module), *_refresh(module), *_down(module)]
    title = "When 64 workers ask for their tokens"
    write_report("herd", title, rows, conditions.ended(), _NOTES)


def _spread(module: Module) -> Iterator[Row]:
    for scene, settings in _SCENES.items():
        with Envoy(module, workers=_WORKERS, settings={**_TICK, **settings}) as envoy:
            yield _row(
                "calls while the service answers", scene, _periods(envoy, _PERIODS * _PERIOD_S)
            )


def _refresh(module: Module) -> Iterator[Row]:
    """Ask at half of a token's life: after 4.5 to 5 s, as `exp` is a whole second."""
    refresh = {**_TICK, "refresh_percent": 50}
    for scene, more in (("no jitter", {}), ("jitter_percent 20", {"jitter_percent": 20})):
        with (
            TokenApi(token_lifetime_s=_LIFE_S) as api,
            Envoy(module, workers=_WORKERS, token_api=api, settings={**refresh, **more}) as envoy,
        ):
            what = f"calls at half of a life of {_LIFE_S} s"
            yield _row(what, scene, _periods(envoy, _LIVES * _LIFE_S), period_s=_LIFE_S / 2)


def _down(module: Module) -> Iterator[Row]:
    for scene, settings in _DOWN.items():
        with Envoy(module, workers=_WORKERS, settings={**_TICK, **settings}) as envoy:
            envoy.wait_for_tokens(_WAIT_S)
            envoy.token_api.fault = Fault.ERROR
            began = envoy.snapshot().time
            now = _after(envoy, began + _DOWN_S)
            failed = [call for call in now.asked if call.time > began]
            envoy.token_api.fault = Fault.NONE
            up = envoy.snapshot().time
            since = _new_tokens(envoy, up)
        yield Row(
            f"the service fails for {_DOWN_S} s, and answers again",
            f"{_WORKERS} workers, {scene}",
            f"{len(failed)} calls in vain; tokens again after {statistics.median(since):.1f} s"
            f" (middle), {max(since):.1f} s (last)",
            figures={
                "failed_calls": len(failed),
                "again_median_s": round(statistics.median(since), 2),
                "again_last_s": round(max(since), 2),
            },
        )


def _new_tokens(envoy: Envoy, up: float) -> list[float]:
    """Wait for a new token on every thread; return how long after a moment each came."""

    def there(now: Snapshot) -> bool:
        return all(thread.token and thread.token.since > up for thread in now.threads)

    picture = envoy.wait_until(there, "a new token on every thread", _WAIT_S)
    return [thread.token.since - up for thread in picture.threads if thread.token]


def _periods(envoy: Envoy, wait_s: float) -> Snapshot:
    """Wait for some time after every thread ticked once."""
    began = envoy.wait_until(lambda now: now.ticking == _WORKERS + 1, "a tick on each", _WAIT_S)
    return _after(envoy, began.time + wait_s)


def _after(envoy: Envoy, moment: float) -> Snapshot:
    what = "the periods to pass"
    return envoy.wait_until(lambda now: now.time >= moment, what, _WAIT_S)


def _row(what: str, scene: str, picture: Snapshot, period_s: float = _PERIOD_S) -> Row:
    times = call_times(picture, period_s=period_s, periods=round(_PERIODS * _PERIOD_S / period_s))
    if times is None:
        raise RuntimeError("the token API was not called")
    return Row(what, f"{_WORKERS} workers, {scene}", _told(times), figures=_figures(times))


def _told(times: CallTimes) -> str:
    return (
        f"nine tenths within {times.spread_ms:,.0f} ms of a period; at most {times.burst} within"
        f" {BURST_MS} ms; {times.calls / len(times.rows):.0f} calls in {times.period_s:g} s"
    )


def _figures(times: CallTimes) -> dict[str, float]:
    return {
        "spread_ms": round(times.spread_ms, 1),
        "burst": times.burst,
        "calls_a_period": round(times.calls / len(times.rows), 1),
    }


if __name__ == "__main__":
    main()
