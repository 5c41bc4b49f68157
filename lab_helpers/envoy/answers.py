"""An answer to a request of the lab, as a client sees it, and what became of the request."""

from __future__ import annotations

import dataclasses
import enum
from email.message import Message
from typing import TYPE_CHECKING

from lab_helpers.board.events import RequestAnswered
from lab_helpers.late import late
from lab_helpers.tokens import shown_header

if TYPE_CHECKING:
    from lab_helpers.envoy import answer_headers
    from lab_helpers.envoy.answer_headers import AnswerHeaders
else:
    answer_headers = late("lab_helpers.envoy.answer_headers")

__all__ = ["UPSTREAM_MARK", "Answer", "Outcome"]

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
    headers: AnswerHeaders = dataclasses.field(
        default_factory=lambda: answer_headers.AnswerHeaders(),  # noqa: PLW0108  # late
        hash=False,
    )
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
