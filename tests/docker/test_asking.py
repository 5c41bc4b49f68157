"""Asking an Envoy in a container, and its filter's log: the same words as with a process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab_helpers.dashboard import show_log
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Outcome
from lab_helpers.token_api import Fault
from tests.moody import moody


def test_what_became_of_a_request_and_what_the_filter_said(
    launch: Callable[..., Envoy], tmp_path: Path
) -> None:
    envoy = launch(moody(tmp_path), workers=2, log_level="debug")
    assert envoy.ask("worker_0", "/refuse", method="PUT").outcome is Outcome.REFUSED
    envoy.token_api.fault = Fault.REFUSE
    assert envoy.ask("worker_0").outcome is Outcome.UPSTREAM_DOWN
    envoy.token_api.fault = Fault.NONE
    assert [answer.outcome for answer in envoy.ask_every_worker("/log")] == [Outcome.ANSWERED] * 2
    # Its line comes by way of the daemon, a while after the answer.
    failed = envoy.ask("worker_1", "/panic-at-request")
    assert (failed.status, failed.outcome) == (503, Outcome.VM_FAILED)
    words = show_log(envoy).describe()
    for line in ("worker_0 debug: a debug line", "worker_1 ✖ panic: at the request, on purpose"):
        assert line in words
