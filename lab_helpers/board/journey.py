"""One request's way through a module: the crossings of its thread as a tree, pure.

Envoy's trace names the thread and the context, never the VM and never the request. Which contexts
are the request's own is told by when they began; where that leaves a doubt, `Trip` says so.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence

from lab_helpers.board.abi import HTTP, REPLIES, TCP
from lab_helpers.board.crossing_tree import Call, Entry, grow
from lab_helpers.board.events import Crossing, Event, LinesDropped, OddTrace

__all__ = ["Asked", "Call", "Ending", "Entry", "Kind", "Trip", "parent_of", "read_trip"]

_STREAM_BEGINS = "proxy_on_context_create"
_STREAM_ENDS = "proxy_on_delete"
_OF_STREAMS = HTTP | TCP
_STREAM_ENDINGS = frozenset({"proxy_on_log", "proxy_on_done", "proxy_on_delete"})
_OF_PLUGINS = REPLIES | {"proxy_on_tick", "proxy_on_queue_ready"}
_ACTS_ON = "proxy_set_effective_context"


class Kind(enum.StrEnum):
    """What an entry into a module is about."""

    REQUEST = "the request"
    OTHER = "another request"
    TICK = "a tick"
    REPLY = "a callout's reply"
    PLUGIN = "the plugin"


class Ending(enum.StrEnum):
    """How the lab knows that a request's way is over."""

    DELETED = "Envoy deleted the request's context"
    FAILED = "the VM failed"
    NOT_SEEN = "its end was not seen"


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a request from outside.

    Attributes:
        tid: The thread of its worker.
        sent: When it was sent, in seconds since the epoch, by Envoy's clock.
        answered: When its answer was whole; None where none came, or not yet.
        plugins: How many Wasm filters a request passes, one after another.
    """

    tid: int
    sent: float
    answered: float | None = None
    plugins: int = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Trip:
    """What crossed while a request was under way on its worker.

    Attributes:
        entries: Each time that Envoy entered the module, in order.
        contexts: The contexts that are the request's own; one for each plugin.
        ending: How it ended.
        doubts: Why something of it cannot be told, each in a sentence.
    """

    entries: tuple[Entry, ...] = ()
    contexts: frozenset[int] = frozenset()
    ending: Ending = Ending.NOT_SEEN
    doubts: tuple[str, ...] = ()

    def kind(self, entry: Entry) -> Kind:
        """Return what an entry is about.

        Args:
            entry: One of its entries.
        """
        if entry.function == "proxy_on_tick":
            return Kind.TICK
        if entry.function in REPLIES:
            return Kind.REPLY
        if entry.context in self.contexts:
            return Kind.REQUEST
        stream = entry.function in _OF_STREAMS or parent_of(entry)
        ends = entry.function in _STREAM_ENDINGS and entry.context not in self._plugins
        return Kind.OTHER if stream or ends else Kind.PLUGIN

    def concerns_request(self, entry: Entry) -> bool:
        """Return whether an entry is about the request; a reply is, where it acts on its context.

        Args:
            entry: One of its entries.
        """
        kind = self.kind(entry)
        acts_on = {call.arguments[0] for call in entry.calls if call.function == _ACTS_ON}
        return kind is Kind.REQUEST or (
            kind is Kind.REPLY and not acts_on.isdisjoint(self.contexts)
        )

    @property
    def own(self) -> tuple[Entry, ...]:
        """Return the entries that are about the request."""
        return tuple(entry for entry in self.entries if self.concerns_request(entry))

    @property
    def _plugins(self) -> set[int]:
        """Return the plugins' contexts, as far as they showed themselves."""
        parents = {parent_of(entry) for entry in self.entries}
        called = {entry.context for entry in self.entries if entry.function in _OF_PLUGINS}
        return parents | called

    @property
    def failure(self) -> str:
        """Return why the VM failed meanwhile; "" where it did not."""
        return next((entry.failure for entry in self.entries if entry.failure), "")


def read_trip(events: Sequence[Event], asked: Asked) -> Trip:
    """Make a tree of what crossed on a thread since a request was sent.

    Args:
        events: What the log told, in its order; of other threads as well.
        asked: The request.

    Returns:
        The tree, as far as it has grown.
    """
    grown = grow(events, asked.tid, asked.sent)
    begun = [entry for entry in grown if parent_of(entry)]
    if not begun:  # a module without that export: the first callback with a stream's context
        begun = _first_callbacks(grown)
    until = None if asked.answered is None else round((asked.answered - asked.sent) * 1e6)
    own = [entry for entry in begun if until is None or entry.begin_us <= until]
    contexts = frozenset(entry.context for entry in own)
    trip = Trip(grown, contexts)
    return dataclasses.replace(
        trip, ending=_ending(trip, own), doubts=tuple(_doubts(events, asked, own))
    )


def parent_of(entry: Entry | Crossing) -> int:
    """Return the plugin's context that a new stream's context belongs to; 0 for any other entry.

    Args:
        entry: An entry into a module, or the line of the trace that it begins with.
    """
    begins = entry.function == _STREAM_BEGINS and len(entry.arguments) > 1
    return entry.arguments[1] if begins else 0


def _first_callbacks(entries: Sequence[Entry]) -> list[Entry]:
    firsts: dict[int, Entry] = {}
    for entry in entries:
        if entry.function in _OF_STREAMS:
            firsts.setdefault(entry.context, entry)
    return list(firsts.values())


def _ending(trip: Trip, own: Sequence[Entry]) -> Ending:
    if trip.failure:  # of a tick, too: its VM makes no more callbacks
        return Ending.FAILED
    deleted = [
        entry.context
        for entry in trip.own
        if entry.function == _STREAM_ENDS and entry.end_us is not None
    ]
    # Two VMs of one thread may both call theirs 2: each is deleted.
    if own and len(deleted) >= len(own):
        return Ending.DELETED
    return Ending.NOT_SEEN


def _doubts(events: Sequence[Event], asked: Asked, own: Sequence[Entry]) -> list[str]:
    said = []
    if len(own) > max(asked.plugins, 1):
        said.append(
            f"{len(own)} requests were under way on this worker at the same time. Which of them is"
            " ours cannot be told: the trace names contexts, not requests."
        )
    if len({entry.context for entry in own}) < len(own):
        said.append(
            "Several VMs run on this thread, and number their contexts alike: which of them an"
            " entry went into cannot be told."
        )
    dropped = sum(event.count for event in events if isinstance(event, LinesDropped))
    if dropped:
        said.append(f"{dropped:,} lines of the log were dropped, so some crossings are missing.")
    odd = next((event for event in events if isinstance(event, OddTrace)), None)
    if odd is not None:
        said.append(f"This Envoy's trace reads otherwise than the lab knows it: {odd.line}")
    return said
