"""Which of a response's headers are worth a place in a small table."""

from __future__ import annotations

from lab_helpers.board.events import RequestAnswered
from lab_helpers.tokens import shown_header

__all__ = ["LABS_HEADERS", "USUAL_HEADERS", "other_headers"]

LABS_HEADERS = ("x-wasm-filter", "x-wasm-vm", "x-auth")
"""Those that the lab's own filters set."""

USUAL_HEADERS = (
    "connection",
    "content-length",
    "content-type",
    "date",
    "server",
    "transfer-encoding",
    "x-envoy-upstream-service-time",
)
"""Those that come with nearly any response."""


def other_headers(response: RequestAnswered) -> str:
    """Return the headers that are none of these, in one line; "" where there are none.

    Args:
        response: A worker's response.
    """
    passed_over = (*LABS_HEADERS, *USUAL_HEADERS)
    return ", ".join(
        f"{name}: {shown_header(name, value)}"
        for name, value in response.headers
        if name not in passed_over
    )
