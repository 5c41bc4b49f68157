"""Wait for what is to be seen of a running Envoy, and say what did not come about."""

from __future__ import annotations

from collections.abc import Callable

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.watch import Watch
from lab_helpers.envoy.closings import without_a_host
from lab_helpers.envoy.session import Session
from lab_helpers.errors import LaunchError

__all__ = ["token_timeout_s", "wait_for", "workers_hold_tokens"]


def wait_for(
    watch: Watch,
    session: Session,
    condition: Callable[[Snapshot], object],
    what: str,
    timeout_s: float,
) -> Snapshot:
    """Wait until the picture fulfils a condition.

    Args:
        watch: The picture.
        session: What is watched.
        condition: Is given a snapshot after each change.
        what: What is waited for, as in `every worker has a token`.
        timeout_s: How long at most, in seconds.

    Returns:
        The first snapshot that fulfils it.

    Raises:
        LaunchError: It did not come about in time, or Envoy ended.
    """
    snapshot = watch.wait_until(condition, timeout_s, between=lambda: _check(session))
    if snapshot is None:
        vain = without_a_host(session.started().clusters_without_a_host())
        raise LaunchError(
            f"Waited {timeout_s:g} s, but not yet: {what}.",
            quote="\n".join([*session.log[-5:], vain]),
            hint="give the cluster an endpoint that listens"
            if vain
            else "look at the log (`.log`), or wait longer",
        )
    return snapshot


def workers_hold_tokens(workers: int) -> Callable[[Snapshot], bool]:
    """Return the condition that every worker holds a token.

    Args:
        workers: How many there are.
    """
    return lambda picture: (
        len(picture.workers) == workers and all(thread.token for thread in picture.workers)
    )


def token_timeout_s(picture: Snapshot) -> float:
    """Return how long a first token may take: two tick periods and 10 s, in seconds.

    Args:
        picture: What is known of the period.
    """
    return 10.0 + 2 * picture.tick_ms / 1000


def _check(session: Session) -> None:
    session.started()
