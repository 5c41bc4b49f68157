"""Change what a token says, as a forger would: without the key."""

from __future__ import annotations

import base64
import json
from typing import Any

from lab_helpers.arguments import checked
from lab_helpers.errors import TokenApiError

__all__ = ["forge"]


@checked
def forge(token: str, **claims: object) -> str:
    """Return a token that says something else, with the signature of the one it was made from.

    Args:
        token: A header value, `Bearer <JWT>`.
        **claims: What it is to say, such as `sub="admin"`; its other claims stay.

    Raises:
        TokenApiError: It is no JWT.
    """
    head, _, rest = str(token).partition(".")
    body, _, signature = rest.partition(".")
    try:
        said = _read(body)
    except ValueError as error:
        raise TokenApiError(
            "This is no token, so it cannot be forged.",
            quote=str(error),
            hint='take one from an answer: answer.headers["x-auth"]',
        ) from error
    return ".".join((head, _written(said | claims), signature))


def _read(part: str) -> dict[str, Any]:
    padded = part + "=" * (-len(part) % 4)
    said = json.loads(base64.urlsafe_b64decode(padded))
    if not isinstance(said, dict):
        raise ValueError("its claims are no JSON object")  # noqa: TRY004  # as for other bad text
    return said


def _written(claims: dict[str, Any]) -> str:
    text = json.dumps(claims, separators=(",", ":"), default=str)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
