"""A trip in words, for whoever reads or hears rather than sees."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from lab_helpers.board.journey import Ending, Entry, Kind
from lab_helpers.journeys.telling import Teller, us

__all__ = ["COST", "Frame", "counted", "describe", "describe_end"]

COST = (
    "The times include what tracing itself costs: Envoy writes a line for each stroke, some 10 µs."
)
"""What is to be said wherever times are shown."""

_CALLS_SAID = 12


@dataclasses.dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a trip.

    Attributes:
        worker: The worker, `worker_0` and so on.
        request: The request in a few words, as in `GET /`.
        module: The module's name.
        answer: What the client got, in words.
        answered_us: When it had the whole answer, in microseconds after sending; None if never.
        notes: What else is to be said, each in a sentence.
    """

    worker: str
    request: str
    module: str
    answer: str
    answered_us: int | None = None
    notes: tuple[str, ...] = ()


def counted(teller: Teller) -> str:
    """Return how often the module was entered for the request, and how often it did something.

    Args:
        teller: Says what crossed.
    """
    own = teller.trip.own
    did = sum(entry.did_something for entry in own)
    entries = f"{len(own)} {'entry' if len(own) == 1 else 'entries'}"
    return f"{entries}, {did} did something" if own else "no entry"


def describe(teller: Teller, frame: Frame) -> str:
    """Say what happened on a trip.

    Args:
        teller: Says what crossed.
        frame: What surrounds the trip.

    Returns:
        A line for each thing.
    """
    lines = [
        f"{frame.request} to {frame.worker}: {frame.answer}.",
        f"{frame.module}: {counted(teller)}.",
        *_told(teller),
        describe_end(teller, frame),
    ]
    return "\n".join(lines)


def describe_end(teller: Teller, frame: Frame) -> str:
    """Say how a trip ended, and what of it cannot be told.

    Args:
        teller: Says what crossed.
        frame: What surrounds the trip.

    Returns:
        A line for each thing.
    """
    return "\n".join([*_end(teller), *teller.trip.doubts, *frame.notes, COST])


def _told(teller: Teller) -> Iterator[str]:
    idle: list[str] = []
    for entry in teller.trip.entries:
        if teller.trip.concerns_request(entry) and not entry.did_something:
            idle.append(teller.entry(entry).name)
            continue
        yield _sentence(teller, entry)
    if idle:
        yield f"Did nothing: {', '.join(_runs(idle))}."


def _sentence(teller: Teller, entry: Entry) -> str:
    said = teller.entry(entry)
    told = f"{us(entry.begin_us)}: {said}"
    if teller.trip.kind(entry) is Kind.TICK:
        told += " (a tick, not of this request)"
    calls = [str(said) for _, said in teller.calls(entry.work)]
    if calls:
        more = len(calls) - _CALLS_SAID
        rest = [f"and {more} more calls"] if more > 0 else []
        told += f". It called {'; '.join([*calls[:_CALLS_SAID], *rest])}"
    return f"{told}."


def _runs(names: list[str]) -> list[str]:
    """Return names with how often they came, in the order of their first."""
    times = {name: names.count(name) for name in names}
    return [name if count == 1 else f"{name} × {count}" for name, count in times.items()]


def _end(teller: Teller) -> Iterator[str]:
    trip = teller.trip
    last = trip.own[-1] if trip.own else None
    if trip.ending is Ending.DELETED and last is not None and last.end_us is not None:
        yield f"{us(last.end_us)}: it ended: {trip.ending}."
    elif trip.ending is Ending.NOT_SEEN and trip.own:
        yield "How it ended is not seen: the module does not let Envoy tell it, or has not yet."
    elif trip.ending is Ending.FAILED:
        yield f"It ended: {trip.ending}: {trip.failure.strip()}."
