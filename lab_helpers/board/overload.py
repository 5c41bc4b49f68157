"""Tell when the threads ask for more tokens than anybody gives: then the token API is not at fault.

A tick's period may be as short as a millisecond. Envoy then has more callouts under way than its
circuit breakers let it (1,024 in a cluster), refuses the others, and gives up on those that wait.
"""

from __future__ import annotations

from lab_helpers.board.snapshot import Snapshot

__all__ = ["tell_overload"]

# The lab's token API answers some 500 calls a second on one of two cores that Envoy wants as well.
_MANY_A_SECOND = 200
_LAST = 50
_MANY_FAIL = 0.25
# How a callout ends that Envoy could not hand over, or that nobody answered in time.
_REFUSED = "refused"
_BY_ENVOY = (_REFUSED, "status 503", "status 504")


def tell_overload(picture: Snapshot) -> str:
    """Say that the threads tick faster than tokens can be fetched; "" where they do not.

    Args:
        picture: What is known.
    """
    if not picture.tick_ms:
        return ""
    asked = picture.ticking * 1000 / picture.tick_ms
    if asked < _MANY_A_SECOND:
        return ""
    ends = [
        tick.outcome
        for thread in picture.threads
        for tick in thread.recent[-_LAST:]
        if tick.ended is not None
    ]
    failed = sum(outcome in _BY_ENVOY for outcome in ends)
    # A token API that is down makes 503 of all, and a cluster that is not there refuses all.
    if set(ends) <= {_REFUSED} or _REFUSED not in ends or failed < len(ends) * _MANY_FAIL:
        return ""
    return (
        f"{picture.ticking} threads that tick every {picture.tick_ms} ms ask for {asked:,.0f}"
        " tokens a second, which are more than come: Envoy refuses many of the callouts, or gives"
        " them up (503, 504). A longer tick_ms helps."
    )
