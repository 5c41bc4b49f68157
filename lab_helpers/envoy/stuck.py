"""Why an Envoy that has not ended does not answer: what was seen of it, put into words.

What was seen is read in `probe`. A message says only that; where it does not tell, it says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence

from lab_helpers.board.snapshot import MAIN
from lab_helpers.launch.causes import Cause
from lab_helpers.launch.threads import Standing

__all__ = ["Look", "Seen", "diagnose", "tell_threads"]

_MOST_NAMED = 4
_MOST_LINES = 9
# Less of a core than this is no computing without a pause.
_A_MOMENTS = 0.2
# The kernel gives threads that all compute like shares; less than this of the largest is none.
_FAIR = 0.3
_STATES = {"R": "computes", "S": "waits", "D": "waits for the kernel", "T": "stopped"}
_TICK = "env.proxy_set_tick_period_milliseconds"
_CALL = "env.proxy_http_call"
_LOOP = "An endless loop, as it seems: "
_ANEW = "envoy.restart() ends this Envoy and starts it anew"


@dataclasses.dataclass(frozen=True, slots=True)
class Seen:
    """One thread, as it was seen several times within a moment.

    Attributes:
        state: The kernel's letter at the last look; "" where it cannot be seen.
        busy: Whether it computed, or wanted to, at each look.
        share: How much of a core it had between the looks.
        callback: The callback that it entered and has not left, as the SDK names it; "" where it
            is in none, or nobody saw it.
        inside_s: Since when, in seconds.
        missed: Whether Envoy's own watchdog counts that it gave no sign of life for a second.
        failure: Why its VM runs no more code, as the board has it; "" while it does.
    """

    state: str = ""
    busy: bool = False
    share: float = 0.0
    callback: str = ""
    inside_s: float = 0.0
    missed: bool = False
    failure: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """What was seen of an Envoy.

    Attributes:
        standing: How its process stands.
        go_on: The command that lets it go on where it is stopped.
        threads: Its threads by name.
        over_s: How long it was looked at, in seconds.
        admin_answers: Whether its admin port answers, which its main thread does.
        state: How far Envoy is, in its own word (`LIVE`); why nobody can say, where it does not
            answer.
        unseen: Why the crossings do not tell of callbacks; "" where they do.
        imports: What its filters call of Envoy; None where that is not known.
        has_wasm: Whether its configuration runs Wasm.
    """

    standing: Standing
    go_on: str = ""
    threads: Mapping[str, Seen] = dataclasses.field(default_factory=dict)
    over_s: float = 0.0
    admin_answers: bool = True
    state: str = ""
    unseen: str = ""
    imports: Collection[str] | None = None
    has_wasm: bool = True

    @property
    def stuck(self) -> dict[str, Seen]:
        """Return the threads that do not come back from what they do."""
        seen = any(thread.state for thread in self.threads.values())
        return {
            name: thread
            for name, thread in self.threads.items()
            # A thread that waits may have been missed once: the counter does not go back.
            if thread.callback or self._computes(name) or (thread.missed and not seen)
        }

    def _computes(self, name: str) -> bool:
        """Return whether a thread computes without a pause.

        On a busy machine one that has a moment's work waits for a core at each look, too. But of
        threads that compute all the time each gets its share, and who answers does come back.
        """
        thread = self.threads[name]
        if not thread.busy or (name == MAIN and self.admin_answers):
            return False
        most = max(other.share for other in self.threads.values() if other.busy)
        return thread.share >= most * _FAIR


def diagnose(look: Look, *, starting: bool = False) -> Cause | None:
    """Say why Envoy does not answer.

    Args:
        look: What was seen of it.
        starting: Whether it has not been ready yet.

    Returns:
        The cause: to be put behind the sentence that says who did not answer. None where it runs,
        and no thread of it is held up.
    """
    lines = tell_threads(look)
    if look.standing in (Standing.STOPPED, Standing.PAUSED, Standing.TRACED):
        hint = f"{_ANEW}; or let this one go on: {look.go_on}"
        return Cause(
            f"Envoy {look.standing.value}, and computes nothing.",
            lines,
            "start it again, and let nobody stop it meanwhile" if starting else hint,
        )
    if look.standing is Standing.ENDED:
        return Cause("Envoy has ended, and its keeper has not said how.", lines, _ANEW)
    if not look.stuck:
        return None
    hint = _hint(look)
    if starting:
        loop = f"mend the loop, and start it again{_watched(look)}"
        hint = "look at what it has logged" if _in_no_callback(look) else loop
    return Cause(" ".join(_looping(look, starting=starting)), lines, hint)


def _looping(look: Look, *, starting: bool) -> list[str]:
    stuck = look.stuck
    one = len(stuck) == 1
    who, callbacks = _list(list(stuck), "and"), _callbacks(look)
    if any(thread.busy for thread in stuck.values()):
        where = f" in {callbacks}, which has not returned" if callbacks else ""
        does = f"{who} {'computes' if one else 'compute'} without a pause{where}"
    elif callbacks:
        # One that logs without end waits now and then, for the log's pipe is full.
        does = f"{who} {'has' if one else 'have'} not come back from {callbacks}"
    else:
        does = f"Envoy's own watchdog misses {who}, and nobody can look at its threads from here"
    said = [f"{_LOOP}{does}."]
    if _in_no_callback(look):
        said.append("No callback of a filter is under way: it is Envoy itself, or something in it.")
    elif not callbacks:
        said.append(f"In which callback, nobody saw ({look.unseen}); it may be {_may_be(look)}.")
    if MAIN in stuck and not (look.admin_answers or starting):
        said.append("The main thread is the one that answers the admin port.")
    return said


def _in_no_callback(look: Look) -> bool:
    """Return whether it is known that no filter is at work on the threads that are held up."""
    if any(thread.callback for thread in look.stuck.values()):
        return False
    return not look.has_wasm or not look.unseen


def _callbacks(look: Look) -> str:
    """Return the callbacks that were not left; each once, whoever is in it."""
    callbacks = list(dict.fromkeys(t.callback for t in look.stuck.values() if t.callback))
    return _list(callbacks, "and") if callbacks else ""


def _may_be(look: Look) -> str:
    """Return the callbacks of these filters that such threads run."""
    may = []
    if look.imports is None or _TICK in look.imports:
        may.append("OnTick")
    if look.imports is None or _CALL in look.imports:
        may.append("DispatchHttpCall's callback")
    if set(look.stuck) != {MAIN}:
        may.append("one of a request's or a connection's")
    return _list(may, "or") if may else "one of its start"


def _hint(look: Look) -> str:
    if _in_no_callback(look):
        return _ANEW
    return f"{_ANEW}; mend the loop, or it comes again{_watched(look)}"


def _watched(look: Look) -> str:
    """Return how the callback gets its name the next time, where nobody saw it."""
    if any(thread.callback for thread in look.stuck.values()):
        return ""
    return '. With Envoy(…, see="crossings") the lab names the callback'


def tell_threads(look: Look) -> str:
    """Return a line for each thread, those first that are held up.

    Args:
        look: What was seen.
    """
    stuck = look.stuck
    names = [*stuck, *(name for name in look.threads if name not in stuck)]
    lines = [
        f"{name}: {_of(look.threads[name], look.over_s, held_up=name in stuck)}"
        for name in names[:_MOST_LINES]
    ]
    if len(names) > _MOST_LINES:
        lines.append(f"… and {len(names) - _MOST_LINES} threads more")
    return "\n".join(lines)


def _of(thread: Seen, over_s: float, *, held_up: bool) -> str:
    said = []
    if thread.state:
        does = _STATES.get(thread.state, f"state {thread.state}")
        if thread.state == "R" and over_s and not held_up and thread.share < _A_MOMENTS:
            does = _STATES["S"]  # that it ran as it was looked at is a moment's chance
        # One that is stopped is looked at once only.
        said.append(f"{does}, {thread.share:.0%} of a core over {over_s:.1f} s" if over_s else does)
    if thread.callback:
        said.append(f"entered {thread.callback} {thread.inside_s:.1f} s ago")
    if thread.missed:
        said.append("Envoy's watchdog: watchdog_mega_miss")
    return ", ".join(said) or "nothing seen"


def _list(words: Sequence[str], last: str) -> str:
    if len(words) > _MOST_NAMED:
        words = [*words[: _MOST_NAMED - 1], f"{len(words) - _MOST_NAMED + 1} more"]
    *first, end = words
    return f"{', '.join(first)} {last} {end}" if first else end
