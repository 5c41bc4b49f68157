"""What can be wrong with a JWT service, and what it answers then."""

from __future__ import annotations

import asyncio
import dataclasses
import enum

from lab_helpers.token_api.signing import Issuer, fingerprint

__all__ = ["Fault", "Reply", "Switch", "reply_to"]

# What the filter refuses by default (max_token_bytes), and what Envoy itself would refuse (60 KiB
# of response headers) lie on either side of what this padding makes: about 12 KiB of token.
_PADDING = 8192


class Fault(enum.StrEnum):
    """A way in which the token API fails; `none` when it does not."""

    NONE = "none"
    REFUSE = "refuse"
    HANG = "hang"
    ERROR = "error"
    MISSING = "missing"
    GARBAGE = "garbage"
    CRLF = "crlf"
    TOO_LONG = "too_long"
    EXPIRED = "expired"

    @property
    def description(self) -> str:
        """What it does, in one line."""
        return _DESCRIPTIONS[self]

    @property
    def holds(self) -> bool:
        """Whether a caller gets no reply while this fault is on."""
        return self in (Fault.REFUSE, Fault.HANG)


_DESCRIPTIONS = {
    Fault.NONE: "Answers 200 with a signed token.",
    Fault.REFUSE: "Refuses every connection and closes the ones that are open, as if it were down.",
    Fault.HANG: "Takes the request and does not answer.",
    Fault.ERROR: "Answers 500, with a body and no token.",
    Fault.MISSING: "Answers 200 without the authorization header.",
    Fault.GARBAGE: "Answers 200 with bytes that are no token, some of them not ASCII.",
    Fault.CRLF: "Breaks the token with a line end, so that a header of its choice follows.",
    Fault.TOO_LONG: "Answers 200 with a signed token of about 12 KiB.",
    Fault.EXPIRED: "Answers 200 with a signed token whose time is over.",
}


class Switch:
    """The fault that is on; changed only in the server's loop, where replies wait for a change."""

    def __init__(self) -> None:
        self._fault = Fault.NONE
        self._changed = asyncio.Event()

    @property
    def fault(self) -> Fault:
        """The fault that is on."""
        return self._fault

    def turn(self, fault: Fault) -> None:
        """Turn to a fault and wake every reply that waits."""
        self._fault = fault
        waiting, self._changed = self._changed, asyncio.Event()
        waiting.set()

    async def change(self) -> None:
        """Wait for the next turn."""
        await self._changed.wait()


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What `GET /auth` answers.

    Attributes:
        status: The HTTP status.
        headers: The headers, as bytes.
        body: The body.
        token: The fingerprint of the `authorization` header that arrives; "" without one.
        expires_at: The token's `exp`, in seconds since the epoch; 0 when there is no real token.
    """

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    token: str = ""
    expires_at: float = 0


_PLAIN = (b"content-type", b"text/plain; charset=utf-8")
_BODY = b"The token is in the authorization header.\n"


def reply_to(vm: str, fault: Fault, issuer: Issuer) -> Reply:
    """Make the reply to a caller.

    Args:
        vm: The tag of the VM that asks; "" when it did not say.
        fault: The fault that is on; one that holds the reply back has none.
        issuer: Who signs.

    Returns:
        The reply.

    Raises:
        ValueError: For a fault that holds the reply back.
    """
    match fault:
        case Fault.NONE | Fault.EXPIRED | Fault.TOO_LONG:
            token = issuer.issue(
                vm,
                expired=fault is Fault.EXPIRED,
                padding=_PADDING if fault is Fault.TOO_LONG else 0,
            )
            return _with_value(token.header_value.encode(), token.expires_at)
        case Fault.GARBAGE:
            return _with_value("Bearer ¡this is no token ☃!".encode() + b"\xff\xfe")
        case Fault.CRLF:
            whole = issuer.issue(vm).header_value
            # Inside the second of the JWT's three parts: what comes before is no token by itself.
            first, second, _ = whole.split(".")
            broken = f"{first}.{second[: len(second) // 2]}\r\nx-injected: yes"
            return _with_value(broken.encode())
        case Fault.ERROR:
            return Reply(500, (_PLAIN,), b"The token API fails, as it was told to.\n")
        case Fault.MISSING:
            return Reply(200, (_PLAIN,), b"There is no token here, as it was told.\n")
        case Fault.REFUSE | Fault.HANG:
            raise ValueError(f"no reply while the fault is {fault}")


def _with_value(value: bytes, expires_at: float = 0) -> Reply:
    """Put a value into the `authorization` header, as a server would that checks nothing.

    uvicorn refuses a value with a line end in it. The bytes on the wire are the same when what
    follows the line end is a header of its own, and this is how a caller reads them anyway.
    """
    kept, *injected = value.split(b"\r\n")
    headers = [_PLAIN, (b"authorization", kept)]
    for line in injected:
        name, _, rest = line.partition(b": ")
        headers.append((name, rest))
    return Reply(200, tuple(headers), _BODY, fingerprint(kept), expires_at)
