"""The callouts that requests wait for, as the crossings tell of them: sent, and answered.

A tick's callout is a part of that tick. One that a request sends belongs to no tick; the lanes
show it by itself.
"""

from __future__ import annotations

import collections
import dataclasses

from lab_helpers.board.abi import HTTP
from lab_helpers.board.events import Crossing

__all__ = ["RequestCallout", "RequestCallouts", "number_of"]

_KEPT = 64
# A callout's number stands in its reply, times four: the two lowest bits say whether it was gRPC
# (`proxy-wasm-cpp-host`, `include/proxy-wasm/wasm.h`).
_TOKEN_STEP = 4


@dataclasses.dataclass(frozen=True, slots=True)
class RequestCallout:
    """A callout that a request sent.

    Attributes:
        sent: When, in seconds since the epoch.
        ended: When its reply came; None while it is under way.
    """

    sent: float
    ended: float | None = None


class RequestCallouts:
    """The last ones of one thread."""

    def __init__(self) -> None:
        self._by_number: collections.OrderedDict[int, RequestCallout] = collections.OrderedDict()
        self._over: collections.deque[RequestCallout] = collections.deque(maxlen=_KEPT)

    def send(self, number: int, time: float, callback: str) -> None:
        """Take in that a callout was sent.

        Args:
            number: Its number in its VM, from 1.
            time: When, in seconds since the epoch.
            callback: The callback that sent it; one that is no request's is left out.
        """
        if number == 1:
            self._by_number.clear()  # a new VM: whoever waited in the one before waits no more
        if callback not in HTTP:
            return
        self._by_number[number] = RequestCallout(time)
        while len(self._by_number) > _KEPT:
            self._by_number.popitem(last=False)

    def receive(self, number: int, time: float) -> None:
        """Take in that a callout's reply came.

        Args:
            number: The callout's number in its VM.
            time: When, in seconds since the epoch.
        """
        callout = self._by_number.pop(number, None)
        if callout is not None:
            self._over.append(dataclasses.replace(callout, ended=time))

    def freeze(self) -> tuple[RequestCallout, ...]:
        """Return them, those that ended first."""
        return (*self._over, *self._by_number.values())


def number_of(reply: Crossing) -> int:
    """Return the number of the callout that a reply is for; 0 where it names none.

    Args:
        reply: The reply's crossing.
    """
    return reply.arguments[1] // _TOKEN_STEP if len(reply.arguments) > 1 else 0
