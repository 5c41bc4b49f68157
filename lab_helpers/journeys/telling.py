"""Say what crossed, in the words of a Go filter's author."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence

from lab_helpers.board.abi import HTTP, TCP
from lab_helpers.board.crossing_tree import WASI
from lab_helpers.board.journey import Call, Entry, Kind, Trip
from lab_helpers.board.sdk_names import STATUSES, Part, callback_name, spell
from lab_helpers.tokens import shown_header

__all__ = ["Literal", "Said", "Teller", "bytes_of", "us"]

Literal = Callable[[int, int], str]
"""Gives the constant at a pointer and a length; "" where there is none."""

_ACTIONS = ("continue", "pause")
_HEADERS = ("headers", "trailers")
_ENDING_AT = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """A crossing in words.

    Attributes:
        name: The SDK's name of what was called.
        details: What was handed over; "" for nothing that says much.
        outcome: What came back; "" for nothing.
    """

    name: str
    details: str = ""
    outcome: str = ""

    def __str__(self) -> str:
        asked = f"{self.name} {self.details}".strip()
        return f"{asked} → {self.outcome}" if self.outcome else asked


class Teller:
    """Say what crossed on one trip.

    Args:
        trip: The trip.
        literal: Reads the filter's constants.
    """

    def __init__(self, trip: Trip, literal: Literal) -> None:
        self.trip = trip
        self._literal = literal
        self._connections = {each.context for each in trip.entries if each.function in TCP}

    def entry(self, entry: Entry) -> Said:
        """Say what Envoy called in the module.

        Args:
            entry: The entry.
        """
        kind = self.trip.kind(entry)
        plugin = kind is Kind.PLUGIN
        tcp = entry.context in self._connections
        name = callback_name(entry.function, plugin=plugin, tcp=tcp)
        details = [part for part in (_details(entry), self._whose(entry)) if part]
        return Said(name, ", ".join(details), _returned(entry))

    def calls(self, calls: Sequence[Call]) -> Iterator[tuple[tuple[Call, ...], Said]]:
        """Yield what the module called in Envoy, and how to say it.

        A runtime writes a panic in some fifty pieces: the same system call again and again is one.

        Args:
            calls: An entry's calls, or some of them.
        """
        for function, same in itertools.groupby(calls, lambda call: call.function):
            together = tuple(same)
            if function.startswith(WASI):
                name = f"{function.removeprefix(WASI)} (WASI)"
                failed = next((_answered(call) for call in together if call.failed), "")
                yield together, Said(name, f"× {len(together)}" if together[1:] else "", failed)
            else:
                for call in together:
                    yield (call,), self._call(call)

    def _call(self, call: Call) -> Said:
        spelling = spell(call.function, call.arguments)
        details = ", ".join(part for part in map(self._part, spelling.parts) if part)
        return Said(spelling.name, details, _answered(call))

    def _whose(self, entry: Entry) -> str:
        """Return whom an entry is about, where that is not the request alone."""
        kind = self.trip.kind(entry)
        if kind is Kind.REPLY:
            for_it = self.trip.concerns_request(entry)
            return "for this request" if for_it else "for the plugin or another request"
        if kind is Kind.OTHER:
            return f"another request, context {entry.context}"
        several = kind is Kind.REQUEST and len(self.trip.contexts) > 1
        return f"context {entry.context}" if several else ""

    def _part(self, part: Part) -> str:
        if part.kind == "number":
            return f"{part.number:,} {part.unit}".strip() if part.unit else str(part.number)
        if part.kind == "name":
            constant = self._literal(part.number, part.length)
            if constant:
                return f'"{shown_header("", constant)}"'
            return f"a name of {bytes_of(part.length)}"
        return f"{bytes_of(part.length)} {part.unit}".strip()


def us(time_us: int) -> str:
    """Return a time in microseconds as text.

    Args:
        time_us: The time.
    """
    return f"{time_us:,} µs"


def bytes_of(length: int) -> str:
    """Return a length as text.

    Args:
        length: In bytes.
    """
    return f"{length:,} byte{'' if length == 1 else 's'}"


def _details(entry: Entry) -> str:
    arguments = entry.arguments[1:]
    function = entry.function
    if function == "proxy_on_context_create" or not arguments:
        return ""
    if function == "proxy_on_http_call_response" and len(arguments) > _ENDING_AT:
        headers, body = arguments[1:3]
        return f"{headers} headers, {bytes_of(body)} of body" if headers else "no answer came"
    if function in HTTP:
        end = arguments[1] if len(arguments) > 1 else 0
        what = next((word for word in _HEADERS if function.endswith(word)), "")
        held = f"{arguments[0]} {what}" if what else bytes_of(arguments[0])
        return f"{held}, the end" if end else held
    if function in TCP:
        return bytes_of(arguments[0])
    return ", ".join(map(str, arguments))


def _returned(entry: Entry) -> str:
    if entry.failure:
        return entry.failure.strip()
    if entry.end_us is None:
        return "never came back"
    if entry.result is None:
        return ""
    if entry.function in HTTP or entry.function in TCP:
        known = entry.result < len(_ACTIONS)
        return _ACTIONS[entry.result] if known else f"action {entry.result}"
    return "" if not entry.did_something or entry.work else str(entry.result)


def _answered(call: Call) -> str:
    if call.end_us is None:
        return "never answered"
    if call.result is None:
        return ""
    known = call.result < len(STATUSES)
    return STATUSES[call.result] if known else f"status {call.result}"
