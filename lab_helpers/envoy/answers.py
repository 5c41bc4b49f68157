"""An answer to a request of the lab, as a client sees it, and what became of the request."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from email.message import Message

import httpx

from lab_helpers.board.events import RequestAnswered
from lab_helpers.tokens import shown_header

__all__ = ["UPSTREAM_MARK", "Answer", "AnswerHeaders", "Outcome"]

UPSTREAM_MARK = "x-envoy-upstream-service-time"
"""The header that Envoy's router adds to what comes from the upstream, and to nothing else."""

_AUTH_HEADER = "x-auth"


class Outcome(enum.StrEnum):
    """What became of a request, in a word."""

    ANSWERED = "answered"
    ANSWERED_BY_ENVOY = "answered by Envoy"
    REFUSED = "refused"
    VM_FAILED = "VM failed"
    UPSTREAM_DOWN = "upstream down"
    UPSTREAM_SLOW = "upstream too slow"
    NOT_KNOWN = "not known"


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


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What a client got.

    ```python
    answer = envoy.ask("worker_0", "/hello")
    answer.status, answer.headers["x-wasm-filter"], answer.text
    answer.outcome, answer.why
    ```

    Attributes:
        worker: The worker that answered, `worker_0` and so on.
        status: The HTTP status.
        headers: The headers; `answer.headers["x-auth"]` minds no case.
        body: The body's bytes, 1 MiB of them at most; `text` is the same as text.
        seconds: From sending to the last byte.
        time: When it was sent, in seconds since the epoch.
        method: The request's method.
        cut: Why the body is not whole; "" where it is.
        broken: Whether the connection was closed within the body.
        outcome: What became of the request, in a word.
        why: What tells so, in a sentence.
    """

    worker: str
    status: int
    headers: AnswerHeaders = dataclasses.field(default_factory=AnswerHeaders, hash=False)
    body: bytes = b""
    seconds: float = 0.0
    time: float = 0.0
    method: str = "GET"
    cut: str = ""
    broken: bool = False
    outcome: Outcome = Outcome.NOT_KNOWN
    why: str = ""

    @property
    def text(self) -> str:
        """Return the body as text, in the charset that it names, or else in UTF-8."""
        header = Message()
        header["content-type"] = self.headers.get("content-type", "")
        charset = header.get_content_charset("utf-8")
        try:
            return self.body.decode(charset, errors="replace")
        except LookupError:  # a charset that nobody knows
            return self.body.decode("utf-8", errors="replace")

    @property
    def latency_ms(self) -> float:
        """Return `seconds` in milliseconds."""
        return self.seconds * 1000

    @property
    def event(self) -> RequestAnswered:
        """Return it as the board takes it in: without its body."""
        return RequestAnswered(
            self.time,
            self.worker,
            self.status,
            tuple((name.lower(), value) for name, value in self.headers.multi_items()),
            self.latency_ms,
            self.outcome.value,
        )

    def __repr__(self) -> str:
        """Return it in a line that may be kept in a notebook: no token whole, and no body."""
        told = [f"{self.worker}: {self.status} in {self.latency_ms:.1f} ms, {self.outcome}"]
        token = self.headers.get(_AUTH_HEADER, "")
        if token:
            told.append(f"{_AUTH_HEADER}: {shown_header(_AUTH_HEADER, token)}")
        told.append(f"{len(self.headers.multi_items())} headers")
        told.append(f"{len(self.body)} bytes{f' ({self.cut})' if self.cut else ''}")
        return f"<{type(self).__name__} {', '.join(told)}>"


def _raw(text: str) -> bytes:
    # `http.client` reads headers as Latin-1, so this gives back the bytes that came.
    return text.encode("latin-1", errors="replace")
