"""A length of time in its largest fitting unit, as the page of a dashboard gives it."""

from __future__ import annotations

__all__ = ["age", "gap"]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_EXACT_S = 10.0


def age(seconds: float) -> str:
    """Return a length of time: of an answer of an hour ago no second matters.

    Args:
        seconds: How long; what is below nought is nought.
    """
    whole = max(round(seconds), 0)
    if whole < 2 * _MINUTE:
        return f"{whole} s"
    if whole < 2 * _HOUR:
        return f"{whole // _MINUTE} min"
    return f"{whole // _HOUR} h" if whole < 2 * _DAY else f"{whole // _DAY} days"


def gap(seconds: float) -> str:
    """Return a length of time, with tenths of a second while it is short.

    Args:
        seconds: How long; what is below nought is nought.
    """
    return f"{max(seconds, 0):.1f} s" if seconds < _EXACT_S else age(seconds)
