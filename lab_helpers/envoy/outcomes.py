"""What became of a request: judged by what the answer carries and what the log tells of its VM.

Envoy's own words and shapes, as 1.40 has them (provoked, each, in `tests/envoy/test_asking.py`):

| what happened                         | what a client gets                               |
|---------------------------------------|--------------------------------------------------|
| the upstream answered                 | `x-envoy-upstream-service-time`                  |
| a filter or a route answered          | another answer, without that header              |
| the upstream refuses connections      | 503, `upstream connect error or disconnect/res…` |
| none of its hosts is healthy or known | 503, `no healthy upstream`                       |
| the upstream does not answer in time  | 504, `upstream request timeout`                  |
| the VM has failed, with FAIL_CLOSED   | 503 without a body, and nothing that says why    |
| the VM failed in the response's body  | the connection is closed within the body         |

The last two look as a filter's `SendHttpResponse(503, nil, nil, -1)` and as an upstream that went
away do: only the log tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from lab_helpers.envoy.answers import UPSTREAM_MARK, Answer, Outcome
from lab_helpers.envoy.spelling import field

__all__ = ["hides_upstream", "judge", "may_be_a_failed_vm"]

_ENVOYS_WORDS = {
    "upstream connect error or disconnect/reset before headers": Outcome.UPSTREAM_DOWN,
    "no healthy upstream": Outcome.UPSTREAM_DOWN,
    "upstream request timeout": Outcome.UPSTREAM_SLOW,
}
_QUOTED = 160


def may_be_a_failed_vm(answer: Answer) -> bool:
    """Return whether it looks as a failed VM's does, so that the log is to be asked.

    Args:
        answer: The answer.
    """
    length = answer.headers.get("content-length", "0")
    bare = answer.status == HTTPStatus.SERVICE_UNAVAILABLE and not answer.body and length == "0"
    return answer.broken or (bare and UPSTREAM_MARK not in answer.headers)


def judge(
    answer: Answer,
    *,
    failure: str = "",
    has_filter: bool = True,
    hidden: bool = False,
    early: bool = False,
) -> tuple[Outcome, str]:
    """Say what became of a request, and what tells so.

    Args:
        answer: The answer.
        failure: Why the VM of its worker runs no more code, as the log tells; "" while it does.
        has_filter: Whether the configuration runs Wasm, or a dynamic module, at all.
        hidden: Whether it leaves out the header that marks an upstream's answer.
        early: Whether the answer came before the whole request was there.

    Returns:
        The outcome, and a sentence.
    """
    if may_be_a_failed_vm(answer):
        return _bare(answer, failure, has_filter=has_filter)
    if UPSTREAM_MARK in answer.headers:
        without = (
            " This worker's VM had failed: Envoy went on without the filter, or in a new VM."
            if failure
            else ""
        )
        return Outcome.ANSWERED, f"The upstream answered: there is {UPSTREAM_MARK}.{without}"
    words = answer.text.strip()[:_QUOTED]
    for beginning, outcome in _ENVOYS_WORDS.items():
        if words.startswith(beginning):
            return outcome, f"Envoy says: {words}"
    return _unmarked(answer, has_filter=has_filter, hidden=hidden, early=early)


def hides_upstream(node: object) -> bool:
    """Return whether a configuration has `suppress_envoy_headers` on, wherever it stands.

    Args:
        node: A part of the document.
    """
    if isinstance(node, Mapping):
        on = field(node, "suppress_envoy_headers") is True
        return on or any(hides_upstream(value) for value in node.values())
    return isinstance(node, list) and any(hides_upstream(value) for value in node)


def _bare(answer: Answer, failure: str, *, has_filter: bool) -> tuple[Outcome, str]:
    """Judge an answer that says nothing itself."""
    if failure:
        when = " while the body was on its way" if answer.broken else ""
        first = failure.splitlines()[0].rstrip(".")
        return Outcome.VM_FAILED, f"This worker's VM has failed{when}. Envoy's log: {first}."
    if answer.broken:
        return Outcome.NOT_KNOWN, "The connection was closed within the body; the log says no more."
    others = "a filter that says no more, or a route to a cluster that is not there"
    if has_filter:
        others = f"{others}; the log tells of no VM that failed"
    return Outcome.NOT_KNOWN, f"A 503 without a word may be {others}."


def _unmarked(
    answer: Answer, *, has_filter: bool, hidden: bool, early: bool
) -> tuple[Outcome, str]:
    """Judge an answer that is not marked as the upstream's."""
    if hidden:
        why = "The configuration has suppress_envoy_headers, so nothing tells who answered."
        return Outcome.NOT_KNOWN, why
    if answer.method == "HEAD" and answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        why = "Envoy says why in the body, and an answer to HEAD has none: ask with GET."
        return Outcome.NOT_KNOWN, why
    if early:
        # Envoy measures the upstream's time from the request's end, and there was none yet.
        why = "It came before the whole body was sent, so not even an upstream's would be marked."
        return Outcome.NOT_KNOWN, why
    refused = answer.status >= HTTPStatus.BAD_REQUEST
    who = "a filter or Envoy itself" if has_filter else "Envoy itself"
    did = "refused it" if refused else "answered"
    # A filter may take any header off: what it hides, only its crossings tell.
    unless = "; or a filter takes that header off" if has_filter else ""
    outcome = Outcome.REFUSED if refused else Outcome.ANSWERED_BY_ENVOY
    return outcome, f"There is no {UPSTREAM_MARK}, so {who} {did}{unless}."
