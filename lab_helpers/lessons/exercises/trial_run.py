"""Run a compiled filter in Envoy for a moment, and see all that becomes of it.

A panic may come with the request, with a tick, with a callout's reply, with a body, or in a log
callback after a 200; on a worker, or on the main thread, which serves nobody. A status tells of
hardly any of these. So a trial looks at the crossings, and waits for what is due.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from lab_helpers.board.events import VmFailed
from lab_helpers.board.libraries import has_no_vm
from lab_helpers.board.snapshot import MAIN, Snapshot, Thread
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Answer
from lab_helpers.envoy.failed_vms import FailedVm, failed_vms
from lab_helpers.envoy.requests import Request
from lab_helpers.errors import LaunchError

__all__ = ["TrialRun", "run_trial"]

# A tick that comes within this is waited for: a person waits for a compilation as long.
_LONGEST_TICK_MS = 3_000
_TICKS_COME_S = 5.0
# The lab's own callouts give up after 5 s.
_REPLIES_COME_S = 6.0
_REPORT_COMES_S = 2.0


@dataclasses.dataclass(frozen=True, slots=True)
class TrialRun:
    """What was seen.

    Attributes:
        answer: The answer to the request; None where none came.
        why_none: Why there is no answer; "" where there is.
        failed: The VMs that failed, in order.
        ticks: What was seen of ticks and callouts, in a sentence; "" for a filter without a timer.
    """

    answer: Answer | None
    why_none: str
    failed: tuple[FailedVm, ...]
    ticks: str


def run_trial(module: Module, settings: Mapping[str, object] | None, request: Request) -> TrialRun:
    """Start Envoy with a filter, send a request, wait for what is due, and stop.

    Args:
        module: The filter.
        settings: Its settings, as its plugin configuration.
        request: What to send.

    Raises:
        LabError: Envoy did not start, or ended.
    """
    with Envoy(module, workers=1, settings=settings, see="crossings") as envoy:
        journey = envoy.follow(
            "worker_0",
            request.path,
            method=request.method,
            headers=request.headers,
            body=request.body,
        )
        ticks = "" if envoy.snapshot().failing else _wait_for_ticks(envoy)
        _comes(envoy, _each_panic_is_reported, _REPORT_COMES_S)
        failed = tuple(failed_vms(envoy.snapshot(), module))
    why_none = "" if journey.answer is not None else journey.frame.notes[0]
    return TrialRun(journey.answer, why_none, failed, ticks)


def _wait_for_ticks(envoy: Envoy) -> str:
    """Wait for a tick of each VM, and for its callouts; return what was seen."""
    period_ms = envoy.snapshot().tick_ms
    if not period_ms:
        return ""
    if period_ms > _LONGEST_TICK_MS:
        return f"OnTick comes every {period_ms / 1000:g} s: that was not waited for."
    if not _comes(envoy, _all_ticked, period_ms / 1000 + _TICKS_COME_S):
        return f"OnTick should come every {period_ms} ms, and did not come on every thread."
    _comes(envoy, _nothing_under_way, _REPLIES_COME_S)
    return _ticks_told(envoy.snapshot(), period_ms)


def _ticks_told(picture: Snapshot, period_ms: int) -> str:
    if picture.failing:
        return ""  # what failed is the news
    if any(map(has_no_vm, picture.threads)):
        return f"The dynamic module ticks every {period_ms} ms, on main for all threads."
    sent, replied = _sum(picture, "callouts sent"), _sum(picture, "callouts answered")
    said = f"OnTick ran on each thread, every {period_ms} ms"
    if not sent:
        return f"{said}."
    return f"{said}; of {sent} callouts, {replied} were answered."


def _comes(envoy: Envoy, condition: Callable[[Snapshot], bool], timeout_s: float) -> bool:
    """Wait until a condition comes about; return whether it did in time."""
    try:
        envoy.wait_until(condition, "what is due", timeout_s)
    except LaunchError:
        envoy.check()  # where Envoy has ended, that is the news
        return False
    return True


def _all_ticked(picture: Snapshot) -> bool:
    return all(
        thread.ticks or thread.failure or (has_no_vm(thread) and thread.name != MAIN)
        for thread in picture.threads
    )


def _nothing_under_way(picture: Snapshot) -> bool:
    """Return whether each thread's first callout was answered, and no callback runs."""
    return all(thread.failure or _is_idle(thread) for thread in picture.threads)


def _is_idle(thread: Thread) -> bool:
    due = min(1, thread.crossed.get("callouts sent", 0))
    return thread.crossed.get("callouts answered", 0) >= due and not thread.callback


def _each_panic_is_reported(picture: Snapshot) -> bool:
    """Return whether Envoy has said of each panic that the VM failed: its line comes after Go's."""
    return not picture.failing or isinstance(picture.failing[-1], VmFailed)


def _sum(picture: Snapshot, what: str) -> int:
    return sum(thread.crossed.get(what, 0) for thread in picture.threads)
