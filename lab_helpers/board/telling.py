"""What is known of a thread, in few words, and where it comes from, or why it is not known.

A filter that speaks the lab's own log lines tells of itself. Of any other, Envoy's trace of the
crossings tells, as far as somebody looks. "None" is said only where all was seen.
"""

from __future__ import annotations

import dataclasses

from lab_helpers.board.crossing_counts import COUNTED
from lab_helpers.board.libraries import has_no_vm
from lab_helpers.board.overload import tell_overload
from lab_helpers.board.snapshot import MAIN, Snapshot, Thread

__all__ = [
    "CROSSING",
    "Told",
    "crossed_kinds",
    "tell_fetches",
    "tell_home",
    "tell_notice",
    "tell_others",
    "tell_silence",
    "tell_sources",
    "tell_token",
    "tell_vm",
]

_OWN_LINES = "the filter's own log lines"
_CROSSINGS = "Envoy's trace of the crossings"
_ONE_MODULE = "a dynamic module has no VM: all threads of this Envoy run the same one"
_STATUS = "a reply's status does not cross, so what it said is not seen"
_IN_EACH_ROW = ("ticks", "callouts refused", "callouts answered")
# What crosses besides what each thread's row shows anyway.
CROSSING = tuple(what for what in COUNTED if what not in _IN_EACH_ROW)


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """Something that is known, or not.

    Attributes:
        text: A number, a name, "none", "not told" or "not seen".
        why: Where it comes from, or why it is not known.
    """

    text: str
    why: str

    def __str__(self) -> str:
        return self.text

    @property
    def words(self) -> str:
        """Return both."""
        return f"{self.text} ({self.why})"


def tell_vm(thread: Thread) -> Told:
    """Tell which VM a thread runs.

    Args:
        thread: The thread.
    """
    if has_no_vm(thread):
        return Told(f"module {thread.library}", _ONE_MODULE)
    why = _OWN_LINES if thread.vm else "the filter logs no tag of its VM"
    if thread.vms_alive > 1:
        why += f"; this thread runs {thread.vms_alive} VMs, and what crosses is counted by thread"
    return Told(thread.vm or "not told", why)


def tell_home(thread: Thread) -> str:
    """Say in what a thread runs the filter: `VM 3f2a91`, or a dynamic module.

    Args:
        thread: The thread.
    """
    return tell_vm(thread).text if has_no_vm(thread) else f"VM {tell_vm(thread)}"


def tell_fetches(picture: Snapshot, thread: Thread) -> Told:
    """Tell how a thread's callouts ended.

    Args:
        picture: The picture that it is part of.
        thread: The thread.
    """
    ended = ", ".join(f"{count} {outcome}" for outcome, count in thread.fetches.items())
    if thread.vm:
        return Told(ended or "none", _OWN_LINES)
    if picture.seeing.whole:
        return Told(ended or "none", f"{_CROSSINGS}; {_STATUS}" if ended else _CROSSINGS)
    return Told(f"{ended} seen" if ended else "not seen", picture.seeing.not_seen)


def tell_token(picture: Snapshot, thread: Thread) -> Told:
    """Tell which token a thread's VM holds, by its fingerprint.

    Args:
        picture: The picture that it is part of.
        thread: The thread.
    """
    token = thread.token
    if token is not None:
        from_log = token.told_by == "log"
        why = _OWN_LINES if from_log else "the x-auth of this worker's last answer"
        if thread.library and thread.name != MAIN:
            why += "; main fetched it, and all threads share the module's memory"
        if token.shared_by:
            why += _how_shared(picture, thread, token.shared_by)
        return Told(token.fingerprint, why)
    if thread.reads and not thread.shares:
        return _tell_unread(picture, thread)
    if thread.vm:
        return Told("none", _OWN_LINES)
    if thread.failure:
        return Told("none", "its VM has failed")
    if picture.count(thread, "callouts sent").is_none:
        return Told("none", "it has sent no callout that could bring one")
    if thread.name == MAIN:
        why = "main answers no requests that could carry it"
    elif thread.last_response is None:
        why = "this worker has answered no request yet that could carry it"
    else:
        why = "this worker's last answer carries no x-auth"
    return Told("not seen", f"the filter does not log it, and {why}")


def _how_shared(picture: Snapshot, thread: Thread, by: str) -> str:
    """Say how a token came to a thread that reads it, and whether a newer one can come."""
    said = f"; what its last look into the shared data found, where {by} put it"
    source = picture.shared_with(thread)
    if source is not None and source.failure:
        said += f"; the VM on {source.name} has failed, so no newer one comes"
    return said


def _tell_unread(picture: Snapshot, thread: Thread) -> Told:
    """Tell why a thread that reads tokens from the shared data has none."""
    place = f"{thread.reads} in the shared data"
    source = picture.shared_with(thread)
    if source is None:
        return Told("none", f"it reads {place}, and no VM here puts a token there")
    if thread.last_read:
        return Told("none", f"at its last look into {place}: {thread.last_read}")
    if source.token is None:
        return Told("none", f"it reads {place}, where {source.name} has put none yet")
    return Told("not read yet", f"it reads {place} when a request comes; none has come")


def tell_silence(picture: Snapshot, thread: Thread) -> Told:
    """Tell why a thread has not ticked, or why nobody sees it tick any more; "" where it does.

    Args:
        picture: The picture that it is part of.
        thread: The thread.
    """
    if has_no_vm(thread) and thread.name != MAIN:
        return Told("no timer", "one goroutine of the dynamic module ticks for all, on main")
    if thread.ticks:
        seen = bool(thread.vm) or picture.seeing.on
        return Told("", "") if seen else Told("not seen now", picture.seeing.not_seen)
    told_none = thread.told_timer_ms == 0
    if not told_none and (thread.vm or thread.timer_ms):
        return Told("no tick yet", "the first comes one period after the start")
    if not told_none and not picture.seeing.whole:
        return Told("not seen", picture.seeing.not_seen)
    if not told_none and not thread.crossed.get("VM starts"):
        return Told("no VM yet", "no VM was seen to start on this thread")
    return Told("no timer", "this filter sets no timer")


def crossed_kinds(picture: Snapshot) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what else was seen to cross, on any thread, and what was not.

    Where nobody looks, for every filter tells of itself, neither is worth a table.

    Args:
        picture: The picture.
    """
    if not picture.seeing.on and all(thread.vm for thread in picture.threads):
        return (), ()
    seen = tuple(
        what
        for what in CROSSING
        if any(picture.count(thread, what).seen for thread in picture.threads)
    )
    return seen, tuple(what for what in CROSSING if what not in seen)


def tell_others(picture: Snapshot) -> str:
    """Say what else was not seen to cross: what never did, and what nobody can tell.

    Args:
        picture: The picture.
    """
    others = crossed_kinds(picture)[1]
    never = [
        what
        for what in others
        if all(picture.count(thread, what).is_none for thread in picture.threads)
    ]
    unseen = [what for what in others if what not in never]
    said = [f"{word}: {', '.join(w)}" for word, w in (("none", never), ("not seen", unseen)) if w]
    return "; ".join(said)


def tell_sources(picture: Snapshot) -> str:
    """Say where the numbers of ticks and callouts come from, in a sentence; "" where none are.

    Args:
        picture: The picture.
    """
    own = any(thread.vm for thread in picture.threads)
    others = [thread for thread in picture.threads if not thread.vm]
    seen = any(thread.crossed for thread in others)
    sources = ([_OWN_LINES] if own else []) + ([_CROSSINGS] if seen else [])
    return f"Counted from {' and '.join(sources)}." if sources else ""


def tell_notice(picture: Snapshot) -> str:
    """Say what of the picture is not whole, and why, in sentences; "" where it is.

    Args:
        picture: The picture.
    """
    seeing = picture.seeing
    said = []
    if seeing.odd:
        said.append(f"This Envoy's trace reads otherwise than the lab knows it: {seeing.odd}.")
    if seeing.dropped:
        said.append(f"{seeing.dropped:,} lines of the log were dropped: they came too fast.")
    # Who speaks the lab's own lines is known without the crossings.
    untold = [thread for thread in picture.threads if not thread.vm]
    if untold and not said and seeing.not_seen:
        said.append(f"{seeing.not_seen[0].upper()}{seeing.not_seen[1:]}.")
    if untold and said and picture.ticking:
        said.append("So the numbers are what was seen, and there may be more.")
    if overload := tell_overload(picture):
        said.append(overload)
    several = max((thread.vms_alive for thread in picture.threads), default=0)
    if several > 1:
        said.append(
            f"A thread runs {several} VMs here: what crosses is counted by thread, not by VM,"
            " and which reply is whose is not seen."
        )
    return " ".join(said)
