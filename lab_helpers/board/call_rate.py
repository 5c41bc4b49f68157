"""How often the token API is called, as measured there: each caller's own rate, added up.

Plain Python, as the board is that keeps it.
"""

from __future__ import annotations

import collections
import dataclasses
import itertools
import statistics

__all__ = ["CallRate"]

_CALLERS_KEPT = 512
_CALLS_KEPT = 12
# A caller that has been silent for this many periods no longer counts as calling.
_SILENT_PERIODS = 2.5
_SILENT_S = 1.0


@dataclasses.dataclass(slots=True)
class _Caller:
    """The last calls of one VM, and the time between two of them."""

    times: collections.deque[float] = dataclasses.field(
        default_factory=lambda: collections.deque(maxlen=_CALLS_KEPT)
    )
    interval: float = 0.0

    def calls(self, time: float) -> None:
        self.times.append(time)
        if len(self.times) > 1:
            # The middle one of the intervals. A call that comes late, as the first do that open
            # their connections, makes one interval long or short; a mean would pass that on.
            between = (after - before for before, after in itertools.pairwise(self.times))
            self.interval = statistics.median(between)


class CallRate:
    """Measure the calls a tick period, wherever a period begins."""

    def __init__(self) -> None:
        self._callers: dict[str, _Caller] = {}

    def count(self, vm: str, time: float) -> None:
        """Take a call in.

        Args:
            vm: The tag of the VM that called.
            time: When it did, in seconds since the epoch.
        """
        self._callers.setdefault(vm, _Caller()).calls(time)
        while len(self._callers) > _CALLERS_KEPT:
            del self._callers[next(iter(self._callers))]

    def per_period(self, period_s: float, now: float) -> float | None:
        """Return the calls a period, of all that still call.

        Args:
            period_s: The tick period, in seconds.
            now: The present moment, in seconds since the epoch.

        Returns:
            The sum of the callers' rates, to two places; None before any of them has called twice,
            and when all have fallen silent.
        """
        silent = max(_SILENT_PERIODS * period_s, _SILENT_S)
        rates = [
            period_s / caller.interval
            for caller in self._callers.values()
            if caller.interval > 0 and now - caller.times[-1] <= silent
        ]
        return round(sum(rates), 2) if rates and period_s else None
