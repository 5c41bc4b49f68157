"""Around a failure: which VM, where, its worker's answers, and who goes on."""

from __future__ import annotations

from lab_helpers.board.board import Board
from lab_helpers.board.events import Event, RequestAnswered, ThreadsNamed, VmFailed, VmStarted
from lab_helpers.board.telling_failures import tell_failures

MAIN, ONE, TWO = 100, 101, 102
REASON = "Uncaught RuntimeError: unreachable"
STARTED: tuple[Event, ...] = (
    ThreadsNamed(0.0, ((MAIN, "main"), (ONE, "worker_0"), (TWO, "worker_1"))),
    VmStarted(0.1, MAIN, "aaaaaa", 0),
    VmStarted(0.2, ONE, "bbbbbb", 0),
    VmStarted(0.3, TWO, "cccccc", 0),
)


def answered(time: float, status: int, latency_ms: float = 10) -> RequestAnswered:
    return RequestAnswered(time, "worker_0", status, (), latency_ms)


def told(*events: Event) -> tuple[str, ...]:
    board = Board()
    for event in (*STARTED, *events):
        board.apply(event)
    return tell_failures(board.snapshot(9.0))


def failed(time: float, tid: int = ONE) -> VmFailed:
    return VmFailed(time, tid, "proxy_on_request_headers", REASON)


def test_without_a_failure_nothing_is_said() -> None:
    assert told(answered(1.0, 200)) == ()


def test_answers_are_told_apart_by_the_failures_moment() -> None:
    answers = [answered(1.0, 200), answered(1.1, 200), answered(2.0, 503)]
    after = [answered(2.1, 503), answered(2.2, 503), answered(2.3, 200)]
    lines = told(*answers[:2], failed(2.005), answers[2], *after)
    assert lines[0] == (
        "The VM bbbbbb of worker_0 failed in proxy_on_request_headers. Its worker answered before,"
        " 200 × 2; during, 503; after, 503 × 2, 200. No other VM has taken its place."
    )
    assert lines[1:] == ("No VM has failed on worker_1, main.",)


def test_a_vm_that_came_after_has_answers_of_its_own() -> None:
    heir = VmStarted(3.0, ONE, "dddddd", 0)
    lines = told(answered(1.0, 200), failed(2.0), answered(2.5, 503), heir, answered(3.5, 200))
    assert lines[0].endswith("before, 200; after, 503. Then the VM dddddd took its place.")
    assert len(lines) == 2


def test_each_of_two_failures_on_a_thread_is_told() -> None:
    heir = VmStarted(3.0, ONE, "dddddd", 0)
    lines = told(failed(2.0), heir, answered(3.5, 200), failed(4.0))
    assert [line.split(" of ")[0] for line in lines[:2]] == ["The VM bbbbbb", "The VM dddddd"]
    assert "before, 200. No other VM" in lines[1]


def test_a_vm_without_a_timer_that_failed_is_counted_as_one_that_ran() -> None:
    board = Board()
    for event in (*STARTED, failed(2.0), VmStarted(3.0, ONE, "dddddd", 0)):
        board.apply(event)
    assert board.snapshot(4.0).thread("worker_0").vms == 2


def test_of_main_it_is_said_why_no_policy_helps() -> None:
    (line, others) = told(failed(2.0, MAIN))
    assert line.endswith("No request comes to main, so no policy brings a new VM there.")
    assert others == "No VM has failed on worker_0, worker_1."
