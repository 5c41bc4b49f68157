"""How serious a filter's own log line is, and which of them a person asked to see."""

from __future__ import annotations

from lab_helpers.board.events import Event, FilterSaid

__all__ = ["LOG_LEVELS", "USUAL_LEVEL", "envoy_level", "is_shown"]

LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
"""The levels that can be asked for, as Envoy's log names them; below them is its own trace."""

USUAL_LEVEL = "info"

_RANKS = {level: rank for rank, level in enumerate(("trace", *LOG_LEVELS))}


def is_shown(event: Event, log_level: str) -> bool:
    """Return whether somebody who asked for a level is shown this event.

    Only lines in a filter's own words are ever left out: a panic, which TinyGo logs at `info`, a
    failure of its VM, and what the lab counts are there whatever the level.

    Args:
        event: What the log told.
        log_level: One of `LOG_LEVELS`.
    """
    if not isinstance(event, FilterSaid):
        return True
    # A level that nobody knows is shown: better a line too many than one that is missed.
    return _RANKS.get(event.level, len(_RANKS)) >= _RANKS[log_level]


def envoy_level(log_level: str) -> str:
    """Return what Envoy's component `wasm` must log, so that nothing that is asked for is missing.

    Args:
        log_level: One of `LOG_LEVELS`.

    Returns:
        Never less than `info`: the lab counts by lines of that level.
    """
    return min(log_level, USUAL_LEVEL, key=_RANKS.__getitem__)
