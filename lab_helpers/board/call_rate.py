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
_UNTOLD_KEPT = 4_096
_EDGE = 0.5


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
        self._untold: collections.deque[float] = collections.deque(maxlen=_UNTOLD_KEPT)

    def count(self, vm: str, time: float) -> None:
        """Take a call in.

        Args:
            vm: The tag of the VM that called; "" where the call does not tell.
            time: When it did, in seconds since the epoch.
        """
        if not vm:
            self._untold.append(time)
            return
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
        if not period_s:
            return None
        silent = max(_SILENT_PERIODS * period_s, _SILENT_S)
        rates = [
            period_s / caller.interval
            for caller in self._callers.values()
            if caller.interval > 0 and now - caller.times[-1] <= silent
        ]
        untold = self._untold_rate(period_s, silent, now)
        if untold is not None:
            rates.append(untold)
        return round(sum(rates), 2) if rates else None

    def _untold_rate(self, period_s: float, silent: float, now: float) -> float | None:
        """Return the calls a period of those who do not tell who they are.

        They are counted together, over as many whole periods as there are. The window begins half a
        period before the first of these periods' last calls, so that no burst lies on its edge.
        """
        if not self._untold or now - self._untold[-1] > silent:
            return None
        last = self._untold[-1]
        periods = int((last - self._untold[0]) / period_s + _EDGE)
        if periods < 1:
            return None
        begin = last - (periods - _EDGE) * period_s
        return sum(1 for time in self._untold if time > begin) / periods
