"""Why Envoy closed a connection without an answer: a filter's panic, a cluster without a host."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from lab_helpers.errors import TrafficError
from lab_helpers.launch.panics import panic_cause
from lab_helpers.launch.said import panics_in, read_lines

__all__ = [
    "NO_HEALTHY_UPSTREAM",
    "closed_by_a_panic",
    "closed_for_want_of_a_host",
    "clusters_without_a_host",
    "why_closed",
    "without_a_host",
]

# What Envoy counts where a cluster has nobody to connect to; it says "no healthy upstream" then.
NO_HEALTHY_UPSTREAM = r"^cluster\..*\.upstream_cx_none_healthy$"

# The log comes a moment later than a connection's end.
_LOG_S = 1.0
_POLL_S = 0.02


def why_closed(
    error: TrafficError,
    lines: Callable[[], Sequence[str]],
    ended: threading.Event,
    clusters: Callable[[], Sequence[str]],
) -> TrafficError:
    """Return why Envoy closed a connection, as the log and Envoy's counters tell.

    Args:
        error: That it did.
        lines: Returns the raw log.
        ended: Set once that has ended.
        clusters: Returns the clusters in which Envoy looked for a host in vain.

    Returns:
        The error with its reason; as it is where nobody tells one.
    """
    deadline = time.monotonic() + _LOG_S
    while time.monotonic() < deadline:
        if panicked := closed_by_a_panic(lines()):
            return panicked
        if ended.wait(_POLL_S):
            return error
    return closed_for_want_of_a_host(error, clusters())


def closed_by_a_panic(lines: Sequence[str]) -> TrafficError | None:
    """Return that a filter panicked as it was given a connection; None where none did.

    Args:
        lines: The raw log. After such a panic Envoy gives the worker's filter nothing more, and
            closes each of its connections, so the panic may lie back.
    """
    panics = [panic for panic in panics_in(read_lines(lines)) if panic.function]
    if not panics:
        return None
    cause = panic_cause(panics[-1], "and Envoy closed the connection")
    return TrafficError(cause.what, quote=cause.quote, hint=cause.hint)


def clusters_without_a_host(stats: Mapping[str, int]) -> tuple[str, ...]:
    """Return the clusters in which Envoy looked for a host in vain.

    Args:
        stats: What Envoy counts as `NO_HEALTHY_UPSTREAM`.
    """
    return tuple(name.split(".", 1)[1].rpartition(".")[0] for name, count in stats.items() if count)


def closed_for_want_of_a_host(error: TrafficError, clusters: Sequence[str]) -> TrafficError:
    """Return that there was nobody to connect to; the error as it is where there was.

    Args:
        error: That Envoy closed the connection.
        clusters: Those in which Envoy looked for a host in vain.
    """
    if not clusters:
        return error
    what = f"{error.what} It had nobody to pass it on to."
    hint = "give the cluster an endpoint that listens"
    return TrafficError(what, quote=without_a_host(clusters), hint=hint)


def without_a_host(clusters: Sequence[str]) -> str:
    """Say which clusters have no host, in Envoy's words; "" where none is without.

    Args:
        clusters: Their names.
    """
    return f"no healthy upstream in {', '.join(clusters)}" if clusters else ""
