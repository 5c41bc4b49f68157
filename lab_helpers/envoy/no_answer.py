"""The error of whoever gets no answer from Envoy, and the same with the reason for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lab_helpers.envoy.stuck import Look, diagnose, tell_threads
from lab_helpers.errors import LaunchError, TrafficError
from lab_helpers.late import late
from lab_helpers.launch.causes import Cause
from lab_helpers.launch.last_words import hint_of, reasons_in
from lab_helpers.launch.said import read_lines

if TYPE_CHECKING:
    import httpx
else:
    httpx = late("httpx")

__all__ = ["HELD_BACK", "NoAnswerError", "explained", "never_ready"]

HELD_BACK = (
    "does the filter hold requests or responses back (ActionPause)? The token API's word on it is"
    " envoy.token_api.fault"
)
"""What to ask oneself where a worker is idle and a request has no answer."""


class NoAnswerError(TrafficError):
    """Nothing came back; whoever knows the process says why (`Run.answering`).

    Args:
        what: One sentence: who did not answer.
        quote: The system's words.
        hint: What to try where Envoy is well.
        worker: Who was asked; "" for the admin port, or where that is not known.
    """

    def __init__(
        self,
        what: str,
        *,
        quote: str = "",
        hint: str = "ask again; if it happens again: envoy.restart()",
        worker: str = "",
    ) -> None:
        super().__init__(what, quote=quote, hint=hint)
        self.worker = worker

    @property
    def was_cut_off(self) -> bool:
        """Return whether a connection was closed or refused, as an Envoy that ends does it."""
        cause = self.__cause__
        return cause is not None and not isinstance(cause, TimeoutError | httpx.TimeoutException)


def explained(silence: NoAnswerError, look: Look) -> TrafficError:
    """Return the error with what was seen of Envoy: why it does not answer, or that it is well.

    Args:
        silence: Who did not answer.
        look: What was seen of Envoy then.
    """
    cause = diagnose(look)
    quote = "\n".join(filter(None, [tell_threads(look), silence.quote]))
    if cause is not None:
        return TrafficError(f"{silence.what} {cause.what}", quote=quote, hint=cause.hint)
    asked = look.threads.get(silence.worker)
    if asked is not None and asked.failure:
        # A request that waits for a callout's reply is never gone on with, under no policy.
        return TrafficError(
            f"{silence.what} Its VM has failed, and Envoy never answers what that VM held back.",
            quote=f"{asked.failure.splitlines()[0]}\n{quote}",
            hint="mend the filter where it failed; the next request is answered as the failure"
            " policy says",
        )
    if asked is not None and asked.state:
        why = "Its thread waits, so no loop keeps it."
    else:
        why = "Envoy runs, and no thread of it was seen to be held up."
    return TrafficError(f"{silence.what} {why}", quote=quote, hint=silence.hint)


def never_ready(look: Look, while_doing: str, lines: Sequence[str]) -> LaunchError:
    """Return why a start does not come to its end, though Envoy has not ended.

    Args:
        look: What was seen of Envoy.
        while_doing: What was going on, as in `while it started`.
        lines: What it has logged.
    """
    cause = diagnose(look, starting=True) or _waiting(look)
    # What keeps Envoy, it may have said.
    words = reasons_in(read_lines(lines))
    return LaunchError(
        f"Envoy did not become ready {while_doing}. {cause.what}",
        quote="\n".join([*words, cause.quote]),
        hint=hint_of(words) or cause.hint,
        log_tail=lines,
    )


def _waiting(look: Look) -> Cause:
    """Return what an Envoy waits for whose threads are all idle."""
    if look.admin_answers:
        return Cause(
            "No loop keeps it: it waits for something.",
            f"/ready: {look.state}\n{tell_threads(look)}",
            "look at what its configuration fetches from other servers (xDS, endpoints, secrets)",
        )
    return Cause(
        "It runs, and no loop keeps it, but its admin port cannot be reached.",
        f"{look.state}\n{tell_threads(look)}",
        "see what keeps programs of this machine from each other: a firewall, or Docker's network",
    )
