"""What became of the callouts, in words, as far as it is known; matplotlib is not needed here."""

from __future__ import annotations

from collections.abc import Mapping

from lab_helpers.board.request_callouts import RequestCallout
from lab_helpers.board.snapshot import Snapshot, Thread
from lab_helpers.board.telling import tell_token

__all__ = [
    "calls_of",
    "counted",
    "ends_of_fetches",
    "requests_callouts",
    "tell_requests_callouts",
    "tokens_of",
]


def calls_of(snapshot: Snapshot) -> str:
    """Return the calls a period at the token API, as measured, in words.

    Args:
        snapshot: The picture's moment.
    """
    if snapshot.calls_per_period is not None:
        return f"measured {snapshot.calls_per_period:g}"
    threads = snapshot.threads
    sends_none = all(snapshot.count(thread, "callouts sent").is_none for thread in threads)
    return "none, this filter has sent no callout" if threads and sends_none else "not measured yet"


def ends_of_fetches(
    snapshot: Snapshot, *, kept: int, failures: Mapping[str, int], answered: int, under_way: int
) -> str:
    """Say how the callouts of some ticks ended, in a sentence.

    Args:
        snapshot: The picture's moment.
        kept: How many replies brought a token.
        failures: How many brought none, by what came instead: `status 503`, `refused`.
        answered: How many came of which the filter does not tell.
        under_way: How many have not come.
    """
    speaks = any(thread.vm for thread in snapshot.threads)
    if not speaks and not (failures or answered or under_way):
        sent = sum(thread.crossed.get("callouts sent", 0) for thread in snapshot.threads)
        if sent:
            return "In that time no tick sent a callout."
        return "They sent no callouts." if snapshot.seeing.whole else "No callout was seen."
    said = []
    if speaks:
        said.append(f"{counted(kept, 'fetch', 'fetches')} brought a token")
    if answered:
        answers = counted(answered, "callout was", "callouts were")
        said.append(f"{answers} answered, status not seen")
    if failures:
        by_word = ", ".join(f"{count} {word}" for word, count in failures.items())
        said.append(f"{sum(failures.values())} brought none ({by_word})")
    elif kept:
        said.append("none failed")
    if under_way:
        said.append(f"{under_way} under way")
    return f"{', '.join(said)}."


def requests_callouts(thread: Thread, since: float) -> list[RequestCallout]:
    """Return the callouts that requests sent on a thread.

    Args:
        thread: The thread.
        since: The earliest that is shown, in seconds since the epoch.
    """
    return [callout for callout in thread.request_callouts if callout.sent >= since]


def tell_requests_callouts(snapshot: Snapshot, since: float) -> str:
    """Say what became of the callouts that requests sent, in a sentence; "" where none did.

    Args:
        snapshot: The picture's moment.
        since: The earliest that is shown, in seconds since the epoch.
    """
    shown = {thread.name: requests_callouts(thread, since) for thread in snapshot.threads}
    by_thread = ", ".join(f"{name} {len(sent)}" for name, sent in shown.items() if sent)
    if not by_thread:
        return ""
    waiting = sum(callout.ended is None for sent in shown.values() for callout in sent)
    ended = f"{waiting} under way" if waiting else "each was answered"
    return f"Callouts that requests sent: {by_thread}; {ended}."


def tokens_of(snapshot: Snapshot) -> str:
    """Say what became of all callouts, and who holds a token, as far as either is known.

    Args:
        snapshot: The picture's moment.
    """
    holding = sum(1 for thread in snapshot.threads if thread.token)
    fetches = sum(sum(thread.fetches.values()) for thread in snapshot.threads)
    if any(thread.vm for thread in snapshot.threads):
        kept = sum(thread.fetches.get("ok", 0) for thread in snapshot.threads)
        brought = f"{kept} of {counted(fetches, 'fetch', 'fetches')} brought a token"
        readers = [each for each in snapshot.threads if each.reads and not each.shares]
        if readers:
            kept_by = holding - sum(1 for each in readers if each.token)
            reads = "reads" if len(readers) == 1 else "read"
            return f"{brought}; {kept_by} hold one now, and {len(readers)} {reads} the shared one"
        return f"{brought}, and {holding} hold one now"
    answered = sum(snapshot.count(t, "callouts answered").seen for t in snapshot.threads)
    carried = f"the last answers of {holding} carried a token" if holding else ""
    tokens = carried or "whether they hold a token is not seen"
    if answered:
        return f"{counted(answered, 'callout was', 'callouts were')} answered, and {tokens}"
    known = [tell_token(snapshot, thread).text for thread in snapshot.threads]
    none = all(text == "none" for text in known)
    return "none has sent a callout" if none and not carried else tokens


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number and its noun.

    Args:
        number: How many.
        noun: Of what, where it is one.
        plural: Of what else; the noun and an s by default.
    """
    return f"{number} {noun}" if number == 1 else f"{number} {plural or noun + 's'}"
