"""What the emulator can be told to do to a filter."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Protocol

from lab_helpers.arguments import checked
from lab_helpers.errors import ConfigurationError

__all__ = ["TOKEN", "Reply", "Response", "Step", "step_of"]

TOKEN = "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJlbXVsYXRvciJ9.c2lnbmF0dXJl"  # noqa: S105  # signs nothing
"""What the JWT service answers in the emulator: three parts of base64url, as a JWT has."""

_OK = 200


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
    """

    status: int = _OK
    token: str | None = TOKEN

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
        return {"do": "reply", "headers": headers}


@checked
@dataclasses.dataclass(frozen=True, slots=True)
class Response:
    """A client's request was answered by the upstream; the response passes the filter.

    Args:
        headers: What the upstream sent besides its status.
    """

    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def label(self) -> str:
        """Return it in a word or two."""
        return "response"

    def as_json(self) -> dict[str, object]:
        """Return it as the driver reads it."""
        sent = [[":status", "200"], *([name, value] for name, value in self.headers.items())]
        return {"do": "response", "headers": sent}


_BY_NAME: dict[str, Step] = {"tick": _Tick(), "reply": Reply(), "response": Response()}


def step_of(step: Step | str) -> Step:
    """Return the step that is meant.

    Args:
        step: A step, or the name of a plain one.

    Raises:
        ConfigurationError: There is no step of that name.
    """
    if isinstance(step, _Tick | Reply | Response):
        return step
    if not isinstance(step, str) or step not in _BY_NAME:
        raise ConfigurationError(
            f"The emulator knows no step {step!r}.",
            hint=f"one of: {', '.join(_BY_NAME)}, or Reply(503) and the like",
        )
    return _BY_NAME[step]
