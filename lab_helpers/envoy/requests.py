"""A request that is to be sent, checked before anything of it leaves."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

from lab_helpers.errors import TrafficError
from lab_helpers.tokens import shown_header

__all__ = ["HeadersGiven", "Request", "as_request"]

HeadersGiven = Mapping[str, str] | Iterable[tuple[str, str]]
"""Headers as a person gives them: a mapping, or pairs where one is to be repeated."""

_PATH = re.compile(r"/[!-~]*")
# RFC 9110, section 5.6.2: what a method and a header's name are made of.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_COUNTED = frozenset({"content-length", "transfer-encoding"})
# RFC 9110, section 9.2.2: sent twice, they do what they do once.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_SHOWN = 60


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What to send.

    Attributes:
        method: In capitals.
        path: With its query.
        headers: Names and values in their order, not in its repr: they may hold a token.
        body: What follows them; None for nothing.
    """

    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = dataclasses.field(default=(), repr=False)
    body: bytes | None = dataclasses.field(default=None, repr=False)

    @property
    def may_be_sent_twice(self) -> bool:
        """Return whether nothing happens twice where it is sent twice."""
        return self.method in _IDEMPOTENT

    @property
    def length(self) -> int | None:
        """Return the body's length, to be told before it; None where none is expected."""
        if self.body is None:
            return 0 if self.method in _WITH_BODY else None
        return len(self.body)


def as_request(
    path: object = "/", method: object = "GET", headers: object = None, body: object = None
) -> Request:
    """Check what a person gave, and return the request.

    Args:
        path: The path, with its query.
        method: The method.
        headers: A mapping, or pairs of name and value.
        body: Bytes, or text that is sent as UTF-8.

    Raises:
        TrafficError: One of them cannot be sent.
    """
    # Asked although all is typed at the door: what a notebook is given, no type checker has seen.
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise TrafficError(
            f"{path!r:.{_SHOWN}} is no path of a request.",
            hint='begin it with "/"; urllib.parse.quote writes other letters than ASCII\'s',
        )
    return Request(_method(method), path, _headers(headers), _body(body))


def _method(method: object) -> str:
    if not isinstance(method, str) or not _TOKEN.fullmatch(method):
        raise TrafficError(
            f"{method!r:.{_SHOWN}} is no method of a request.",
            hint='one word, such as method="POST"; the path goes into `path`',
        )
    if method.upper() == "CONNECT":
        raise TrafficError(
            "CONNECT asks for a tunnel, and the lab sends requests.",
            hint='method="GET"; curl -x asks for a tunnel',
        )
    return method.upper()


def _headers(headers: object) -> tuple[tuple[str, str], ...]:
    if headers is None:
        return ()
    hint = 'give a dictionary: headers={"x-user": "ada"}; pairs where one is repeated'
    # Text can be gone through as well, and would be taken for pairs of letters.
    if isinstance(headers, str | bytes) or not isinstance(headers, Iterable):
        raise TrafficError("These are no headers of a request.", hint=hint)
    multi_items = getattr(headers, "multi_items", None)  # httpx's own keep repeated ones there
    given: Iterable[object] = headers.items() if isinstance(headers, Mapping) else headers
    if callable(multi_items):
        given = multi_items()
    checked = []
    for pair in given:
        if not isinstance(pair, tuple | list) or len(pair) != 2:  # noqa: PLR2004  # a pair
            raise TrafficError("These are no headers of a request.", hint=hint)
        checked.append(_header(*pair))
    return tuple(checked)


def _header(name: object, value: object) -> tuple[str, str]:
    if isinstance(name, str) and name.startswith(":"):
        raise TrafficError(
            f"{name!r:.{_SHOWN}} is no header that HTTP/1.1 sends.",
            hint='`method` and `path` are arguments of their own; :authority is "host"',
        )
    if not isinstance(name, str) or not _TOKEN.fullmatch(name):
        raise TrafficError(
            f"{name!r:.{_SHOWN}} is no name of a header.",
            hint="letters, digits and -, without spaces and line ends",
        )
    if name.lower() in _COUNTED:
        raise TrafficError(
            f"{name} is counted from the body, so that both agree.",
            hint="leave it out, and give the body as body=…",
        )
    if not isinstance(value, str):
        raise TrafficError(
            f"The value of {name} is no text: its type is {type(value).__name__}.",
            hint=f'headers={{"{name}": str(…)}}',
        )
    if not _VALUE.fullmatch(value) or value != value.strip():
        shown = shown_header(name, value)
        raise TrafficError(
            f"The value of {name} cannot be sent in a header: {shown!r:.{_SHOWN}}.",
            hint="take line ends, spaces at its ends, control characters and letters beyond"
            " Latin-1 out of it",
        )
    return name, value


def _body(body: object) -> bytes | None:
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8", errors="surrogatepass")
    raise TrafficError(
        f"The body of a request is bytes or text; its type here is {type(body).__name__}.",
        hint="body=json.dumps(…), or body=bytes(…)",
    )
