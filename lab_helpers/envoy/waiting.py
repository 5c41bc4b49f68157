"""Wait for what is to be seen of a running Envoy, and say what did not come about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab_helpers.board.snapshot import Snapshot, Thread
from lab_helpers.board.watch import Watch
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.closings import without_a_host
from lab_helpers.envoy.doings import what_threads_did
from lab_helpers.envoy.session import Session
from lab_helpers.errors import LaunchError

__all__ = ["token_timeout_s", "wait_for", "wait_for_tokens"]

_CALLOUTS = ("env.proxy_http_call", "env.proxy_grpc_call", "env.proxy_grpc_stream")
_LINES_QUOTED = 3
_READ_WITHIN_S = 1.0


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
        said = f"Waited {timeout_s:g} s, but not yet: {what}."
        run = session.started()
        cause = run.held_up()
        if cause is not None:
            raise LaunchError(f"{said} {cause.what}", quote=cause.quote, hint=cause.hint)
        vain = without_a_host(run.clusters_without_a_host())
        seen = what_threads_did(watch.snapshot())
        raise LaunchError(
            said,
            quote="\n".join([*seen, *session.log[-_LINES_QUOTED:], vain]),
            hint="give the cluster an endpoint that listens"
            if vain
            else "look at what each thread did, above, and at the log (`.log`); or wait longer",
        )
    return snapshot


def wait_for_tokens(
    watch: Watch,
    session: Session,
    modules: Sequence[Module],
    workers: int,
    timeout_s: float | None,
) -> Snapshot:
    """Wait until every worker has a token, as far as its filter lets that be seen.

    Args:
        watch: The picture.
        session: What is watched.
        modules: The filters; none where they are not known.
        workers: How many there are.
        timeout_s: How long at most, in seconds; two tick periods and 10 s else.

    Raises:
        LaunchError: It did not come about in time, or cannot, or Envoy ended.
    """
    # A dynamic module may fetch without a word to Envoy: it is a program like any other.
    may_fetch = any(each.library or name in each.imports for each in modules for name in _CALLOUTS)
    if modules and not may_fetch:
        names = ", ".join(module.path.name for module in modules)
        raise LaunchError(
            f"The filter in {names} never fetches a token, so there is none to wait for:"
            " it holds no call to `DispatchHttpCall`.",
            quote=f"{names} imports no {_CALLOUTS[0]}",
            hint='run one that does: compile_filter("token")',
        )

    def come(picture: Snapshot) -> bool:
        # Of those that have begun, one that has no timer and sent nothing will send nothing.
        idle = len(picture.workers) == workers and all(
            _waits_for_requests(picture, thread) for thread in picture.workers
        )
        if idle:
            raise LaunchError(
                "No worker fetches a token by itself: this filter has started, and has set no"
                " timer and sent no callout. So it can only fetch when a request comes.",
                quote="\n".join(what_threads_did(picture)),
                hint="send it requests: envoy.ask_every_worker()",
            )
        return _have_tokens(picture, workers)

    if timeout_s is None:
        timeout_s = token_timeout_s(watch.snapshot())
    return wait_for(watch, session, come, "every worker holds a token", timeout_s)


def token_timeout_s(picture: Snapshot) -> float:
    """Return how long a first token may take: two tick periods and 10 s, in seconds.

    Args:
        picture: What is known of the period.
    """
    return 10.0 + 2 * picture.tick_ms / 1000


def _have_tokens(picture: Snapshot, workers: int) -> bool:
    return len(picture.workers) == workers and all(
        picture.has_token(thread) or _was_answered(thread) for thread in picture.workers
    )


def _was_answered(thread: Thread) -> bool:
    """Return whether a filter that does not tell of tokens got a reply, in its present VM."""
    if thread.vm or thread.failure or thread.last_reply is None:
        return False
    return not thread.changes or thread.last_reply > thread.changes[-1].time


def _waits_for_requests(picture: Snapshot, thread: Thread) -> bool:
    began = thread.configured and not thread.vm and not thread.failure
    asked = thread.last_response
    if asked is not None and picture.time - asked.time < _READ_WITHIN_S:
        return False  # what it did for that request may stand unread in Envoy's log
    calls = (picture.count(thread, f"callouts {what}") for what in ("sent", "refused"))
    return began and not thread.timer_ms and all(count.is_none for count in calls)


def _check(session: Session) -> None:
    session.started()
