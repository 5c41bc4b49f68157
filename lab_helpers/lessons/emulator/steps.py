"""What the emulator can be told to do to a filter."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Protocol

from lab_helpers.arguments import checked
from lab_helpers.errors import ConfigurationError

__all__ = ["TOKEN", "Reply", "Request", "Response", "Step", "step_of"]

TOKEN = "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJlbXVsYXRvciJ9.c2lnbmF0dXJl"  # noqa: S105  # signs nothing
"""What the JWT service answers in the emulator: three parts of base64url, as a JWT has."""

_OK = 200
_HOST = "example.com"
_CLUSTER = "my_custom_svc"


class Step(Protocol):
    """Something that happens to a filter."""

    @property
    def label(self) -> str:
        """Return it in a word or two."""
        ...

    def as_json(self) -> dict[str, object]:
        """Return it as the driver reads it."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class _Tick:
    """The timer fires."""

    label: str = "tick"

    def as_json(self) -> dict[str, object]:
        return {"do": "tick"}


@checked
@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """The JWT service answers the oldest callout that waits.

    Args:
        status: The reply's HTTP status.
        token: The value of its `authorization` header; None for a reply without one.
        body: Its body; "" for none.
    """

    status: int = _OK
    token: str | None = TOKEN
    body: str = ""

    @property
    def label(self) -> str:
        """Return it in a word or two."""
        with_token = "" if self.token is None else " with a token"
        return f"reply {self.status}{with_token}"

    def as_json(self) -> dict[str, object]:
        """Return it as the driver reads it."""
        headers = [[":status", str(self.status)]]
        if self.token is not None:
            headers.append(["authorization", self.token])
        return {"do": "reply", "headers": headers, "pieces": _pieces(self.body)}


@checked
@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """A client's request comes, and stays open until a `Response`, or until the filter answers it.

    Args:
        path: Its path.
        method: Its method.
        headers: Its headers besides; names in small letters, as Envoy gives them.
        body: Its body: a text, or several where it comes in pieces; "" for none.
        route: The name of the route that Envoy found for it; "" for a route without one.
        properties: What else the filter may ask of Envoy by `GetProperty`; the names' parts are
            joined by dots, as in `source.address`.
    """

    path: str = "/"
    method: str = "GET"
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    body: str | Sequence[str] = ""
    route: str = ""
    properties: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return it in a word or two."""
        route = f", route {self.route}" if self.route else ""
        return f"request {self.method} {self.path}{route}"

    def as_json(self) -> dict[str, object]:
        """Return it as the driver reads it."""
        sent = {":method": self.method, ":path": self.path, ":authority": _HOST}
        pieces = _pieces(self.body)
        known = {
            "request.method": self.method,
            "request.path": self.path,
            "request.host": _HOST,
            "xds.cluster_name": _CLUSTER,
            "xds.route_name": self.route,
            **self.properties,
        }
        return {
            "do": "request",
            "headers": _with_length(sent | dict(self.headers), pieces),
            "pieces": pieces,
            # One without a value is as one that is not there, for the SDK's emulator.
            "properties": [[name, value] for name, value in known.items() if value],
        }


@checked
@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """The upstream answers the oldest request that has reached it; a plain GET, where none has.

    Args:
        headers: What the upstream sent besides its status.
        status: The status.
        body: The body: a text, or several where it comes in pieces; "" for none.
    """

    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    status: int = _OK
    body: str | Sequence[str] = ""

    @property
    def label(self) -> str:
        """Return it in a word or two."""
        return "response" if self.status == _OK else f"response {self.status}"

    def as_json(self) -> dict[str, object]:
        """Return it as the driver reads it."""
        pieces = _pieces(self.body)
        sent = {":status": str(self.status), **self.headers}
        return {"do": "response", "headers": _with_length(sent, pieces), "pieces": pieces}


_BY_NAME: dict[str, Step] = {
    "tick": _Tick(),
    "reply": Reply(),
    "request": Request(),
    "response": Response(),
}


def step_of(step: Step | str) -> Step:
    """Return the step that is meant.

    Args:
        step: A step, or the name of a plain one.

    Raises:
        ConfigurationError: There is no step of that name.
    """
    if isinstance(step, _Tick | Reply | Request | Response):
        return step
    if not isinstance(step, str) or step not in _BY_NAME:
        raise ConfigurationError(
            f"The emulator knows no step {step!r}.",
            hint=f"one of: {', '.join(_BY_NAME)}, or Reply(503) and the like",
        )
    return _BY_NAME[step]


def _pieces(body: str | Sequence[str]) -> list[str]:
    if isinstance(body, str):
        return [body] if body else []
    return list(body)


def _with_length(headers: Mapping[str, str], pieces: Sequence[str]) -> list[list[str]]:
    """Return headers with the length of the body, as whoever sends one says it beforehand."""
    length = str(sum(len(piece.encode()) for piece in pieces))
    named = "content-length" in headers or not pieces
    given = headers if named else {**headers, "content-length": length}
    return [[name, value] for name, value in given.items()]
