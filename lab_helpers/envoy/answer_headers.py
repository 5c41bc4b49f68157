"""The headers of an answer, as httpx keeps headers."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from lab_helpers.tokens import shown_header

__all__ = ["AnswerHeaders"]


class AnswerHeaders(httpx.Headers):
    """The headers of an answer: a mapping that minds no case and keeps repeated ones.

    `headers["x-auth"]` gives a value (repeated ones joined by commas), `get_list` each of them,
    `multi_items` all pairs in their order. They stay as they came.

    Args:
        pairs: Names and values as Envoy sent them.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        # As bytes: httpx takes text for ASCII, and finds out by itself what bytes are.
        super().__init__([(_raw(name), _raw(value)) for name, value in pairs])

    def __repr__(self) -> str:
        shown = [(name, shown_header(name, value)) for name, value in self.multi_items()]
        return f"{type(self).__name__}({shown!r})"

    __str__ = __repr__

    def __setitem__(self, key: str, value: str) -> None:
        raise TypeError("The headers of an answer stay as they came; dict(headers) is a copy.")

    def __delitem__(self, key: str) -> None:
        self[key] = ""  # as above

    def update(self, *_args: object, **_more: object) -> None:
        """Refuse to change anything."""
        self["update"] = ""

    def copy(self) -> AnswerHeaders:
        """Return headers of the same names and values."""
        return type(self)(self.multi_items())


def _raw(text: str) -> bytes:
    # `http.client` reads headers as Latin-1, so this gives back the bytes that came.
    return text.encode("latin-1", errors="replace")
