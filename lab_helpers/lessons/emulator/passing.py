"""What became of one request in one step of the emulator."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["Passing", "short"]

_LONGEST = 60
_LENGTH = "content-length"


@dataclasses.dataclass(frozen=True, slots=True)
class Passing:
    """What became of one request in one step.

    Attributes:
        number: Which request it is, from 1 on.
        came: The request's headers, as the client sent them.
        request: Its headers after the filter, as the upstream gets them if it goes on.
        request_body: The body that it gets.
        waits: Whether the filter keeps the request.
        headers: The headers that the client gets; empty while there is no response.
        body: The body that the client gets.
        held: Whether the filter keeps the response.
        own: Whether the filter itself has answered, in the upstream's place.
        resumed: Whether it has let the request go on as well: Envoy may send it to the upstream.
        lost_request: Headers that the filter set on the request when it had gone on.
        lost_response: Headers that it set on the response when that had gone on.
    """

    number: int
    came: Mapping[str, str]
    request: Mapping[str, str]
    request_body: str
    waits: bool
    headers: Mapping[str, str]
    body: str
    held: bool
    own: bool
    resumed: bool
    lost_request: Mapping[str, str]
    lost_response: Mapping[str, str]

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Passing:
        """Read what the driver wrote of it."""
        return cls(
            number=record["number"],
            came=dict(record["came"] or ()),
            request=dict(record["request"] or ()),
            request_body=record["request_body"],
            waits=record["waits"],
            headers=dict(record["headers"] or ()),
            body=record["body"],
            held=record["held"],
            own=record["own"],
            resumed=record["resumed"],
            lost_request=dict(record["lost"]["request"] or ()),
            lost_response=dict(record["lost"]["response"] or ()),
        )

    @property
    def words(self) -> Iterator[str]:
        """Yield what happened, a line each."""
        if self.own:
            yield f"the filter itself answers request {self.number}"
            if self.resumed:
                yield "! and lets it go on as well: in Envoy the upstream may get it all the same"
        elif self.waits:
            yield f"request {self.number} waits for ResumeHttpRequest, or for SendHttpResponse"
        elif not self.headers:
            yield f"request {self.number} goes on to the upstream"
            yield from _changes(self.came, self.request)
            yield from _of_body(self.request, self.request_body, "the upstream")
        yield from (f"{name}: {short(value)}" for name, value in self.headers.items())
        if self.held:
            yield "! held back by ActionPause: nobody gets this response"
        elif self.headers:
            yield from _of_body(self.headers, self.body, "the client")
        for side, lost in (("request", self.lost_request), ("response", self.lost_response)):
            for name in lost:
                yield f"! {name} was set on the {side} when its headers had gone on: it is lost"


def short(value: str) -> str:
    """Return a value as it is shown: shortened, so that nothing shows a whole token.

    Args:
        value: A header's value, or a body.
    """
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 20]}…{value[-8:]}"


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in before:
        if name not in after:
            yield f"without {name}"
    for name, value in after.items():
        if before.get(name) != value:
            yield f"{name}: {short(value)}"


def _of_body(headers: Mapping[str, str], body: str, reader: str) -> Iterator[str]:
    if body:
        yield f"body: {short(body.rstrip())}"
    said, length = headers.get(_LENGTH), len(body.encode())
    # The answer to a HEAD has the length of a body that does not come.
    if said is not None and body and said != str(length):
        yield f"! {_LENGTH} says {said}, but the body has {length} bytes: {reader} believes {said}"
