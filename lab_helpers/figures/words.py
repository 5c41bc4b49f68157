"""What the pictures show, in words, and what they have in common; matplotlib is not needed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.envoy.answers import Outcome
from lab_helpers.token_api import Verdict

__all__ = [
    "describe_dashboard",
    "describe_headers",
    "describe_lanes",
    "describe_threads",
    "status_told",
    "window_of",
]

_PERIODS_SHOWN = 10
_SHORTEST_WINDOW_S = 6.0
_LONGEST_WINDOW_S = 60.0
_NAMES_SAID = 3


def window_of(tick_ms: int) -> float:
    """Return how far back the lanes should reach, in seconds: some ten periods, 6 to 60 seconds.

    Args:
        tick_ms: The tick period, in milliseconds.
    """
    return min(max(_PERIODS_SHOWN * tick_ms / 1000, _SHORTEST_WINDOW_S), _LONGEST_WINDOW_S)


def describe_lanes(snapshot: Snapshot, *, window_s: float | None = None) -> str:
    """Say in words what `draw_lanes` shows.

    Args:
        snapshot: The picture's moment.
        window_s: How far back it reaches, in seconds; None for what suits the tick period.

    Returns:
        A few sentences, for a person who does not see the picture.
    """
    if not snapshot.threads:
        return "No thread has run Wasm yet."
    window_s = window_s or window_of(snapshot.tick_ms)
    since = snapshot.time - window_s
    counts: dict[str, int] = {}
    kept = failures = under_way = 0
    for thread in snapshot.threads:
        counts[thread.name] = 0
        for tick in reversed(thread.recent):
            if tick.time < since:
                break
            counts[thread.name] += 1
            kept += tick.outcome == "ok"
            failures += tick.ended is not None and tick.outcome != "ok"
            under_way += tick.ended is None and tick.sent is not None
    sentences = [
        f"{_count(len(counts), 'lane')}, one for each thread, over the last {window_s:g} seconds.",
        f"Ticks in that time: {_list([f'{name} {count}' for name, count in counts.items()])}.",
        _fetches(kept, failures, under_way) if any(counts.values()) else _silence(snapshot),
    ]
    broken = [thread.name for thread in snapshot.threads if thread.failure]
    if broken:
        sentences.append(f"The VM has failed on {_list(broken)}.")
    return " ".join(sentences)


def describe_threads(snapshot: Snapshot) -> str:
    """Say in words what the table of threads shows.

    Args:
        snapshot: The picture's moment.
    """
    if not snapshot.threads:
        return "No thread is known yet."
    holding = sum(1 for thread in snapshot.threads if thread.token)
    fetches = sum(sum(thread.fetches.values()) for thread in snapshot.threads)
    kept = sum(thread.fetches.get("ok", 0) for thread in snapshot.threads)
    ticks = sum(thread.ticks for thread in snapshot.threads)
    return (
        f"{_count(len(snapshot.threads), 'thread')}: {snapshot.ticking} have ticked, {ticks} times"
        f" in all; {kept} of {_count(fetches, 'fetch', 'fetches')} brought a token,"
        f" and {holding} hold one now."
    )


def describe_headers(snapshot: Snapshot, verdicts: Mapping[str, Verdict] | None = None) -> str:
    """Say in words what `draw_headers` shows.

    Args:
        snapshot: The picture's moment.
        verdicts: What the token in each response is worth, by worker.
    """
    responses = [t.last_response for t in snapshot.workers if t.last_response is not None]
    if not responses:
        return "No worker has answered a request yet."
    statuses = sorted({status_told(response) for response in responses})
    judged = [(verdicts or {}).get(response.worker) for response in responses]
    valid = sum(1 for verdict in judged if verdict is not None and verdict.valid)
    return (
        f"{len(responses)} of {_count(len(snapshot.workers), 'worker')} answered a request,"
        f" last with status {_list(statuses)}; {valid} of these responses carry an x-auth whose"
        " signature is valid."
    )


def status_told(response: RequestAnswered) -> str:
    """Return a status, and what became of the request where it is more than an upstream's answer.

    Args:
        response: The response.
    """
    plain = response.outcome in ("", Outcome.ANSWERED)
    return str(response.status) if plain else f"{response.status} {response.outcome}"


def describe_dashboard(
    snapshot: Snapshot,
    verdicts: Mapping[str, Verdict] | None = None,
    *,
    window_s: float | None = None,
) -> str:
    """Say in words what `draw_dashboard` shows.

    Args:
        snapshot: The picture's moment.
        verdicts: What the token in each response is worth, by worker.
        window_s: How far back the lanes reach, in seconds; None for what suits the tick period.
    """
    measured = snapshot.calls_per_period
    calls = "not measured yet" if measured is None else f"measured {measured:g}"
    workers = len(snapshot.workers)
    counted = _count(workers, "worker")
    return "\n".join(
        (
            describe_lanes(snapshot, window_s=window_s),
            describe_threads(snapshot),
            describe_headers(snapshot, verdicts),
            f"Calls a period: {calls}; {counted} and the main thread make {workers + 1}.",
        )
    )


def _fetches(kept: int, failures: int, under_way: int) -> str:
    brought = f"{_count(kept, 'fetch', 'fetches')} brought a token"
    failed = f", {failures} brought none" if failures else ", none failed" if kept else ""
    waiting = f", {under_way} under way" if under_way else ""
    return f"{brought}{failed}{waiting}."


def _silence(snapshot: Snapshot) -> str:
    return "All ticks are older." if snapshot.ticking else "Nothing has ticked yet."


def _list(words: Sequence[str]) -> str:
    """Join words; of many the first few, how many are left out, and the last."""
    if len(words) > _NAMES_SAID + 2:
        left_out = len(words) - _NAMES_SAID - 1
        words = [*words[:_NAMES_SAID], f"{left_out} more", words[-1]]
    return ", ".join(words)


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
