"""Lesson 05, Watch every worker tick: calls a period, VM tags, and a period that fits."""

from __future__ import annotations

from typing import cast

from lab_helpers.envoy import Envoy
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found
from lab_helpers.tokens import shown_header

_CALLS = 6
_ROUNDS = 4  # enough for one late call to change nothing
_MOST_WORKERS = 8
_LIMIT_A_MINUTE = 34
_WORKERS = 16
_SHORTEST_MS = 30_000


@exercise(
    "05-workers",
    hints=(
        "Each worker calls once a period. Who else does?",
        "The main thread does. So there is one call more than there are workers.",
        "Six calls come from five workers and the main thread: `workers = 5`",
    ),
)
def workers(number: object, envoy: Envoy) -> Findings:
    """Start the learner's Envoy with so many workers, and count at the token API."""
    whole = isinstance(number, int) and not isinstance(number, bool)
    fits = whole and 1 <= cast("int", number) <= _MOST_WORKERS
    told = f"It is {number!r}{'' if whole else f', a {type(number).__name__}'}."
    yield found(fits, "it is a whole number from 1 to 8", told)
    envoy.restart(workers=cast("int", number))
    enough = _ROUNDS * (envoy.workers + 1)
    picture = envoy.wait_until(
        lambda now: now.calls >= enough and now.calls_per_period,
        f"{enough} calls at the token API",
    )
    measured = round(picture.calls_per_period or 0)
    yield found(
        measured == _CALLS,
        f"the JWT service counts {_CALLS} calls a period",
        f"With {number} workers it counts {measured}.",
    )


@exercise(
    "05-tags",
    hints=(
        "Each answer knows its worker, `answer.worker`, and its headers, `answer.headers`.",
        "A dictionary is made by `{key: value for answer in answers}`.",
        '`tags = {answer.worker: answer.headers["x-wasm-vm"] for answer in answers}`',
    ),
)
def tags(found_tags: object, envoy: Envoy) -> Findings:
    """Hold the learner's dictionary against the board, which reads the VMs from Envoy's log."""
    yield found(
        isinstance(found_tags, dict),
        "it is a dictionary",
        f"It is {found_tags!r}: in braces, each key has a colon and its value behind it.",
    )
    given = {str(key): value for key, value in cast("dict[object, object]", found_tags).items()}
    envoy.check()
    known = {thread.name: thread.vm for thread in envoy.snapshot().workers}
    yield found(
        all(known.values()),
        "the filter logs the tag of its VM",
        "This filter logs no tag of its VM, so there is nothing to compare. Take the lab's for this"
        ' exercise: compile_filter("token").',
    )
    yield found(
        set(given) == set(known),
        f"it has a key for each worker: {', '.join(known)}",
        f"Its keys are: {', '.join(given) or 'none'}. A worker's name is `answer.worker`.",
    )
    wrong = [name for name, vm in known.items() if given[name] != vm]
    told = [f"{name} has {shown_header(name, str(given[name]))!r}" for name in wrong]
    yield found(
        not wrong,
        "each tag is the one that the same thread writes into Envoy's log",
        f"{', '.join(told)}, and the log says otherwise. Take the header `x-wasm-vm` of that"
        " worker's answer, as this Envoy gives it now.",
    )


@exercise(
    "05-period",
    hints=(
        "How many calls does this Envoy make in one period? Not 16.",
        "17 calls a period, 34 calls a minute: how many periods may a minute have?",
        "Two periods a minute. One is 30 s, which is 30000 ms.",
    ),
)
def period(tick_ms: object) -> Findings:
    """Look for the shortest period that keeps below the limit."""
    number = isinstance(tick_ms, int | float) and not isinstance(tick_ms, bool)
    yield found(number, "it is a number", f"It is {tick_ms!r}.")
    length = cast("float", tick_ms)
    yield found(length > 0, "it is more than 0", f"It is {tick_ms}.")
    calls = (_WORKERS + 1) * 60_000 / length
    yield found(
        calls <= _LIMIT_A_MINUTE,
        f"the JWT service gets no more than {_LIMIT_A_MINUTE} calls a minute",
        f"With {tick_ms} ms it gets {_told(calls)}: {_WORKERS} workers and the main thread ask.",
    )
    yield found(
        length <= _SHORTEST_MS,
        "a shorter period would be too many calls",
        f"It could be shorter: {_told(calls)} calls a minute are fewer than allowed.",
    )


def _told(calls: float) -> str:
    """Return a number of calls, so that just beside the limit does not read as the limit."""
    return f"{calls:.4f}" if round(calls) == _LIMIT_A_MINUTE else f"{calls:.0f}"
