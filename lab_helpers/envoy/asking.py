"""Judge an answer by what it carries, and by what the log tells of its worker's VM."""

from __future__ import annotations

import dataclasses

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.watch import Watch
from lab_helpers.envoy.answers import UPSTREAM_MARK, Answer
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.outcomes import hides_upstream, judge, may_be_a_failed_vm
from lab_helpers.envoy.requests import Request

__all__ = ["judged"]

# Envoy writes why a VM failed before it answers, but the line has a way to go: native a few
# milliseconds, from a container more.
_LINE_COMES_S = 1.0


def judged(answer: Answer, request: Request, watch: Watch, configuration: Configuration) -> Answer:
    """Return an answer with what became of its request.

    Args:
        answer: As it was read.
        request: What it answers.
        watch: The board that the log goes to.
        configuration: What Envoy was configured with.
    """
    if UPSTREAM_MARK in answer.headers and not answer.broken:
        # As nearly every answer is: the configuration need not be gone through.
        outcome, why = judge(answer, failure=watch.failure(answer.worker))
        return dataclasses.replace(answer, outcome=outcome, why=why)
    has_wasm = configuration.has_wasm

    def failed(_picture: Snapshot) -> str:
        return watch.failure(answer.worker)

    if has_wasm and may_be_a_failed_vm(answer) and not watch.failure(answer.worker):
        watch.wait_until(failed, _LINE_COMES_S)
    outcome, why = judge(
        answer,
        failure=watch.failure(answer.worker),
        has_filter=has_wasm or configuration.has_libraries,
        hidden=hides_upstream(configuration.document),
        # Envoy closes the connection where a request was answered before its end.
        early=bool(request.body) and "close" in answer.headers.get("connection", "").lower(),
    )
    return dataclasses.replace(answer, outcome=outcome, why=why)
