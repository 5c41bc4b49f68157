"""What the pictures show, in words, and what they have in common; matplotlib is not needed here."""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence

from lab_helpers.board.answered_tokens import AUTH_HEADER
from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.libraries import ended_with_envoy, has_no_vm
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import (
    crossed_kinds,
    tell_notice,
    tell_others,
    tell_silence,
    tell_sources,
)
from lab_helpers.board.telling_failures import tell_failures
from lab_helpers.envoy.answers import Outcome
from lab_helpers.figures.callouts import (
    calls_of,
    counted,
    ends_of_fetches,
    tell_requests_callouts,
    tokens_of,
)
from lab_helpers.token_api import Verdict

__all__ = [
    "describe_crossed",
    "describe_dashboard",
    "describe_headers",
    "describe_homes",
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
    kept = answered = under_way = 0
    failures: collections.Counter[str] = collections.Counter()
    for thread in snapshot.threads:
        counts[thread.name] = 0
        for tick in reversed(thread.recent):
            if tick.time < since:
                break
            counts[thread.name] += 1
            kept += tick.outcome == "ok"
            answered += tick.outcome == "answered"
            if tick.ended is not None and tick.outcome not in ("ok", "answered"):
                failures[tick.outcome] += 1
            under_way += tick.ended is None and tick.sent is not None
    sentences = [
        f"{counted(len(counts), 'lane')}, one for each thread, over the last {window_s:g} seconds.",
    ]
    if snapshot.ticking:
        ticks = _list([f"{name} {count}" for name, count in counts.items()])
        sentences.append(f"Ticks in that time: {ticks}.")
    if any(counts.values()):
        fetches = ends_of_fetches(
            snapshot, kept=kept, failures=failures, answered=answered, under_way=under_way
        )
        sentences.append(fetches)
    else:
        sentences.append(_silence(snapshot))
    sentences.append(tell_requests_callouts(snapshot, since))
    broken = [thread.name for thread in snapshot.threads if thread.failure]
    if any(map(ended_with_envoy, snapshot.threads)):
        why = snapshot.threads[0].failure
        sentences.append(f"{why}. All its threads ended with it.")
    elif broken:
        sentences.append(f"The VM has failed on {_list(broken)}.")
    sentences += [tell_sources(snapshot), tell_notice(snapshot)]
    return " ".join(sentence for sentence in sentences if sentence)


def describe_homes(wasm: Snapshot, library: Snapshot) -> str:
    """Say in words what `draw_homes` shows.

    Args:
        wasm: The board of an Envoy that runs the filter as Wasm.
        library: The board of one that runs it as a dynamic module.
    """
    return f"In Wasm: {_instances(wasm)}. As a dynamic module: {_instances(library)}."


def _instances(picture: Snapshot) -> str:
    """Return how many instances there are, as far as they told of themselves, and who ticks."""
    tags = {thread.vm for thread in picture.threads if thread.vm}
    what = "module" if any(map(has_no_vm, picture.threads)) else "VM"
    ticking = [thread.name for thread in picture.threads if thread.ticks]
    who = f"ticks on {', '.join(ticking)}" if ticking else "no tick yet"
    tokens = {thread.token.fingerprint for thread in picture.threads if thread.token}
    threads = counted(len(picture.threads), "thread")
    return f"{threads}, {counted(len(tags), what)}, {who}, {counted(len(tokens), 'token')}"


def describe_threads(snapshot: Snapshot) -> str:
    """Say in words what the table of threads shows.

    Args:
        snapshot: The picture's moment.
    """
    if not snapshot.threads:
        return "No thread is known yet."
    total = sum(thread.ticks for thread in snapshot.threads)
    ticks = [snapshot.count(thread, "ticks") for thread in snapshot.threads]
    if total:
        seen = "" if all(count.whole for count in ticks) else " that were seen"
        ticked = f"{snapshot.ticking} have ticked, {total:,} times in all{seen}"
    else:
        ticked = "none has ticked" if all(count.is_none for count in ticks) else "no tick was seen"
    return f"{counted(len(snapshot.threads), 'thread')}: {ticked}; {tokens_of(snapshot)}."


def describe_crossed(snapshot: Snapshot) -> str:
    """Say in words what else crossed between Envoy and the filter, over all threads.

    Args:
        snapshot: The picture's moment.
    """
    seen = crossed_kinds(snapshot)[0]
    if not seen:
        return ""
    totals = ", ".join(
        f"{what} {sum(snapshot.count(thread, what).seen for thread in snapshot.threads):,}"
        for what in seen
    )
    others = tell_others(snapshot)
    return f"What else crossed: {totals}{f'; {others}' if others else ''}."


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
    carrying = sum(1 for response in responses if dict(response.headers).get(AUTH_HEADER))
    judged = [(verdicts or {}).get(response.worker) for response in responses]
    valid = sum(1 for verdict in judged if verdict is not None and verdict.valid)
    if carrying:
        auth = f"{valid} of these responses carry an x-auth whose signature is valid"
    else:
        auth = "none of these responses carries an x-auth"
    return (
        f"{len(responses)} of {counted(len(snapshot.workers), 'worker')} answered a request,"
        f" last with status {_list(statuses)}; {auth}."
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
    workers = len(snapshot.workers)
    threads = f"{counted(workers, 'worker')} and the main thread make {workers + 1}"
    if any(map(snapshot.shared_with, snapshot.workers)) or any(map(has_no_vm, snapshot.workers)):
        threads += ", and one of them asks for all"
    said = (
        describe_lanes(snapshot, window_s=window_s),
        describe_threads(snapshot),
        describe_crossed(snapshot),
        " ".join(tell_failures(snapshot)),
        describe_headers(snapshot, verdicts),
        f"Calls a period: {calls_of(snapshot)}; {threads}.",
    )
    return "\n".join(sentence for sentence in said if sentence)


def _silence(snapshot: Snapshot) -> str:
    """Say why no tick is shown, in a sentence; what is true of each thread where they differ."""
    told = {tell_silence(snapshot, thread).text for thread in snapshot.threads}
    if "not seen now" in told:
        return "Ticks are not seen any more."
    if snapshot.ticking:
        return "All ticks are older."
    if "no tick yet" in told:
        return "Nothing has ticked yet."
    if "not seen" in told:
        return "Ticks are not seen."
    if "no timer" in told:
        return "Nothing ticks: this filter sets no timer."
    return "No VM was seen to start yet."


def _list(words: Sequence[str]) -> str:
    """Join words; of many the first few, how many are left out, and the last."""
    if len(words) > _NAMES_SAID + 2:
        left_out = len(words) - _NAMES_SAID - 1
        words = [*words[:_NAMES_SAID], f"{left_out} more", words[-1]]
    return ", ".join(words)
