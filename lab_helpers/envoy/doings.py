"""What each thread was seen to do, a line for each: what a wait in vain has to tell."""

from __future__ import annotations

from lab_helpers.board.snapshot import MAIN, Snapshot, Thread
from lab_helpers.board.telling import tell_notice, tell_silence, tell_token

__all__ = ["what_threads_did"]

_MOST_THREADS = 9


def what_threads_did(picture: Snapshot) -> list[str]:
    """Say of each thread how often it ticked, and what became of its callouts and its token.

    Args:
        picture: What is known.

    Returns:
        A line for each thread, of many for the first; then what of that is not whole, and why.
    """
    threads = picture.threads
    shown = threads if len(threads) <= _MOST_THREADS else threads[: _MOST_THREADS - 1]
    lines = [f"{thread.name}: {_did(picture, thread)}" for thread in shown]
    if len(shown) < len(threads):
        lines.append(f"… and {len(threads) - len(shown)} threads more")
    notice = tell_notice(picture)
    return [*lines, notice] if notice else lines


def _did(picture: Snapshot, thread: Thread) -> str:
    did = [f"ticks {picture.count(thread, 'ticks')}{_why_silent(picture, thread)}"]
    did += [
        f"callouts {what} {picture.count(thread, f'callouts {what}')}"
        for what in ("sent", "refused", "answered")
    ]
    did.append(f"token {tell_token(picture, thread).text}")
    if thread.name != MAIN:
        did.append(f"requests of the lab answered {thread.responses}")
    if thread.failure:
        did.append(f"its VM has failed: {thread.failure.splitlines()[0]}")
    return ", ".join(did)


def _why_silent(picture: Snapshot, thread: Thread) -> str:
    silence = tell_silence(picture, thread).text
    return f" ({silence})" if silence == "no timer" else ""
