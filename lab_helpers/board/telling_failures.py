"""What happened around each failure of a VM: which one, where, and its worker's answers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.snapshot import MAIN, Snapshot, Thread

__all__ = ["tell_failures"]


def tell_failures(picture: Snapshot) -> tuple[str, ...]:
    """Tell of each VM that failed: its worker's answers before, during and after; and who goes on.

    Args:
        picture: The picture.

    Returns:
        A sentence for each failure, then one on the threads without any.
    """
    said = [line for thread in picture.threads for line in _of_thread(thread)]
    whole = [thread.name for thread in picture.threads if not _failures(thread)]
    if said and whole:
        said.append(f"No VM has failed on {', '.join(whole)}.")
    return tuple(said)


def _of_thread(thread: Thread) -> list[str]:
    said = []
    changes = thread.changes
    for number, change in enumerate(changes):
        if not change.failure:
            continue
        before = changes[number - 1].time if number else 0.0
        after = changes[number + 1] if number + 1 < len(changes) else None
        until = after.time if after is not None else float("inf")
        began = [each for each in thread.answers if before <= each.time < until]
        parts = (
            ("before", [each for each in began if _ended(each) < change.time]),
            ("during", [each for each in began if each.time <= change.time <= _ended(each)]),
            ("after", [each for each in began if each.time > change.time]),
        )
        vm = f"The VM {change.vm}" if change.vm else "The VM"
        callback = change.failure.partition(":")[0]
        answered = [f"{when}, {_statuses(answers)}" for when, answers in parts if answers]
        line = f"{vm} of {thread.name} failed in {callback}"
        if answered:
            line += f". Its worker answered {'; '.join(answered)}"
        line += f". {_what_came(thread, after.vm if after is not None else None)}"
        said.append(line)
    return said


def _what_came(thread: Thread, vm: str | None) -> str:
    if vm is not None:
        return f"Then the VM {vm} took its place." if vm else "Then another VM took its place."
    if thread.name == MAIN:
        return "No request comes to main, so no policy brings a new VM there."
    return "No other VM has taken its place."


def _statuses(answers: Sequence[RequestAnswered]) -> str:
    """Return statuses in their order, each with how often it came in a row."""
    runs = [
        (status, len(list(run)))
        for status, run in itertools.groupby(answers, key=lambda each: each.status)
    ]
    return ", ".join(f"{status} × {times}" if times > 1 else f"{status}" for status, times in runs)


def _failures(thread: Thread) -> bool:
    return any(change.failure for change in thread.changes)


def _ended(answer: RequestAnswered) -> float:
    return answer.time + answer.latency_ms / 1000
