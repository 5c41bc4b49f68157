"""Show a header without showing a token: who has the whole of one, can use it."""

from __future__ import annotations

import re

__all__ = ["shorten_token", "shown_header", "without_tokens"]

# What a shortened token keeps: enough to see that it is one, far too little to use it.
_HEAD, _TAIL = 17, 4
_LONG = 40
_LONGEST = 200
_SECRET = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie", "x-auth"})
# A filter may put its token into any header: a JWT begins with `{"` in base64; RFC 6750: Bearer.
# Within a text: three parts of base64url, the first of which begins with `{"`.
_JWT = re.compile(r"eyJ[\w-]{6,}\.[\w-]+(?:\.[\w-]*)?")
# As Envoy's crash report has the headers of the request that it was at work on: each in quotes, and
# as they came, with their line ends spelled out.
_NAMES = "|".join(sorted(_SECRET))
_QUOTED = re.compile(rf"(?P<before>'(?:{_NAMES})', ')(?P<value>[^']+)", re.IGNORECASE)
_AS_IT_CAME = re.compile(
    rf"(?P<before>\\r\\n(?:{_NAMES}): ?)(?P<value>(?:(?!\\r).)+)", re.IGNORECASE
)
_LIKE_A_TOKEN = re.compile(r"^bearer\s|eyJ[\w-]{6,}\.[\w-]", re.IGNORECASE)


def shorten_token(value: str) -> str:
    """Return the beginning and the end of a header value that holds a token.

    Args:
        value: The whole value, `Bearer <JWT>`.

    Returns:
        Such as `Bearer eyJhbGciOi…x3Qk (612 characters)`; of a short value its first half.
    """
    if len(value) <= _LONG:
        return f"{value[: len(value) // 2]}… ({len(value)} characters)"
    return f"{value[:_HEAD]}…{value[-_TAIL:]} ({len(value)} characters)"


def shown_header(name: str, value: str) -> str:
    """Return a header's value as it may be shown and kept: no token whole, and nothing endless.

    Args:
        name: The header's name.
        value: Its value.

    Returns:
        The value; its beginning where it is long, its ends where it holds a token.
    """
    if value and (name.lower() in _SECRET or _LIKE_A_TOKEN.search(value)):
        return shorten_token(value)
    return value if len(value) <= _LONGEST else f"{value[:_LONGEST]}… ({len(value)} characters)"


def without_tokens(text: str) -> str:
    """Return a text with each token in it shortened, and each header that is to be kept secret.

    Args:
        text: Such as the repr of what somebody gave, or a line of Envoy's log.
    """
    for reported in (_QUOTED, _AS_IT_CAME):
        text = reported.sub(lambda match: match["before"] + shorten_token(match["value"]), text)
    return _JWT.sub(lambda match: shorten_token(match[0]), text)
