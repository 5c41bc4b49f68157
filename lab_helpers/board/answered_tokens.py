"""The token of a filter that does not log one: what an answer carries in its `x-auth`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.snapshot import Token

__all__ = ["AUTH_HEADER", "token_of"]

AUTH_HEADER = "x-auth"
_DIGITS = 8


def token_of(answer: RequestAnswered, expiry: Mapping[str, float]) -> Token | None:
    """Return the token that an answer carries, by its fingerprint; None where it carries none.

    Args:
        answer: A worker's answer.
        expiry: The tokens' `exp`, by fingerprint.
    """
    value = dict(answer.headers).get(AUTH_HEADER, "")
    if not value:
        return None
    # As `filter/token/logging.go` and the token API make it of the same value.
    fingerprint = hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
    return Token(fingerprint, answer.time, expiry.get(fingerprint, 0.0), told_by="answer")
