"""What a person who does not look at the picture should hear: turns of events, not each tick."""

from __future__ import annotations

from collections.abc import Sequence

from lab_helpers.board.events import Panicked
from lab_helpers.board.libraries import ended_with_envoy
from lab_helpers.board.snapshot import Snapshot, Thread
from lab_helpers.dashboard.look import Look
from lab_helpers.token_api import Fault

__all__ = ["news"]

_NAMES_SAID = 3
# Of what was answered, and no more is known, nobody can say that it failed.
_NO_FAILURE = ("", "ok", "answered")


def news(before: Look | None, after: Look) -> tuple[str, ...]:
    """Say what changed between two looks.

    Args:
        before: The earlier look; None where there was none.
        after: The later one.

    Returns:
        Sentences; none where all goes on as it went.
    """
    if before is None:
        return ()
    return (
        *_running(before, after),
        *_fault(before, after),
        *_machines(before.picture, after.picture),
        *_tokens(before.picture, after.picture),
        *_fetches(before.picture, after.picture),
    )


def _running(before: Look, after: Look) -> Sequence[str]:
    if before.running == after.running:
        return ()
    if after.running:
        plural = "" if after.workers == 1 else "s"
        return (f"Envoy runs with {after.workers} worker{plural}.",)
    if not after.problem:
        return ("Envoy was stopped.",)
    return (f"Envoy has ended by itself. {after.problem.splitlines()[0]}",)


def _fault(before: Look, after: Look) -> Sequence[str]:
    if before.fault is after.fault:
        return ()
    if after.fault is Fault.NONE:
        return ("The token API works again.",)
    return (f"The token API's fault is now {after.fault.value}: {after.fault.description}",)


def _machines(before: Snapshot, after: Snapshot) -> Sequence[str]:
    earlier = {thread.tid: thread for thread in before.threads}
    pairs = [(earlier[t.tid], t) for t in after.threads if t.tid in earlier]
    # A new VM may have failed as well before anybody looked again.
    failed = [n for was, n in pairs if n.failure and (not was.failure or n.vms > was.vms > 0)]
    replaced = [now.name for was, now in pairs if now.vms > was.vms > 0 and not now.failure]
    sentences = []
    if failed and not ended_with_envoy(failed[0]):  # of which `_running` tells
        names = _list([thread.name for thread in failed])
        sentences.append(f"The VM failed on {names}: {_why(failed[0], after)}.")
    if replaced:
        sentences.append(f"A new VM runs on {_list(replaced)}.")
    return sentences


def _why(thread: Thread, picture: Snapshot) -> str:
    """Return the panic that the thread's VM spoke of last; without one, what Envoy said."""
    panics = (
        f"panic: {line.reason}"
        for line in reversed(picture.lines)
        if isinstance(line, Panicked) and line.tid == thread.tid
    )
    return next(panics, thread.failure).splitlines()[0].rstrip(".")


def _tokens(before: Snapshot, after: Snapshot) -> Sequence[str]:
    if not _all_hold(after) or _all_hold(before):
        return ()
    tokens = [thread.token for thread in after.workers if thread.token]
    if any(token.shared_by for token in tokens):
        return ("Every worker has read a token from the shared data.",)
    if all(token.told_by == "log" for token in tokens):
        return ("Every worker holds a token.",)
    return ("Every worker's last answer carried a token.",)


def _fetches(before: Snapshot, after: Snapshot) -> Sequence[str]:
    failing = [thread for thread in after.threads if _last_fetch(thread) not in _NO_FAILURE]
    failed = any(_last_fetch(thread) not in _NO_FAILURE for thread in before.threads)
    if failing and not failed:
        outcomes = sorted({_last_fetch(thread) for thread in failing})
        names = _list([thread.name for thread in failing])
        return (f"Fetches bring no token on {names} ({', '.join(outcomes)}).",)
    last = {_last_fetch(thread) for thread in after.threads}
    if failed and not failing and last != {""}:
        again = "Fetches bring tokens again." if "ok" in last else "Callouts are answered again."
        return (again,)
    return ()


def _all_hold(picture: Snapshot) -> bool:
    return bool(picture.workers) and all(thread.token for thread in picture.workers)


def _last_fetch(thread: Thread) -> str:
    return next((tick.outcome for tick in reversed(thread.recent) if tick.ended is not None), "")


def _list(names: Sequence[str]) -> str:
    if len(names) > _NAMES_SAID + 1:
        names = [*names[:_NAMES_SAID], f"{len(names) - _NAMES_SAID} more"]
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
