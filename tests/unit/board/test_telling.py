"""What is known of a thread, in three words: a number, none, or not seen, and why."""

from __future__ import annotations

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    Crossing,
    Event,
    LinesDropped,
    ModuleLoaded,
    OddTrace,
    RequestAnswered,
    SeeingChanged,
    Step,
    ThreadsNamed,
    Ticked,
    VmCreated,
    VmEnded,
    VmFailed,
)
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import (
    crossed_kinds,
    tell_fetches,
    tell_notice,
    tell_others,
    tell_silence,
    tell_sources,
    tell_token,
    tell_vm,
)
from lab_helpers.token_api import fingerprint

MAIN, WORKER = 100, 101
NAMES = ThreadsNamed(0.5, ((MAIN, "main"), (WORKER, "worker_0")))
ON = SeeingChanged(0.0, on=True, why="somebody looks")
OFF = SeeingChanged(5.0, on=False, why="12,000 lines of the log a second are more than 10,000")
# Main tries the load, then each thread has its VM.
BORN = (
    ModuleLoaded(0.05, MAIN),
    ON,
    ModuleLoaded(0.05, MAIN),
    VmCreated(0.1, MAIN),
    VmEnded(0.2, MAIN),
    VmCreated(0.3, MAIN),
    VmCreated(0.4, WORKER),
    NAMES,
)


def call(
    time: float, tid: int, function: str, *arguments: int, result: int | None = 0
) -> list[Event]:
    return [
        Crossing(time, tid, Step.CALLED, function, arguments),
        Crossing(time, tid, Step.ANSWERED, function, (), result),
    ]


def callback(time: float, tid: int, function: str, *inside: Event) -> list[Event]:
    return [
        Crossing(time, tid, Step.ENTERED, function, (1, 4)),
        *inside,
        Crossing(time, tid, Step.LEFT, function),
    ]


def timer(tid: int = WORKER, period: int = 100) -> list[Event]:
    asked = call(0.45, tid, "proxy_set_tick_period_milliseconds", period)
    return callback(0.45, tid, "proxy_on_configure", *asked)


def tick(time: float, tid: int = WORKER) -> list[Event]:
    return callback(time, tid, "proxy_on_tick")


def picture(*events: Event) -> Snapshot:
    board = Board()
    for event in events:
        board.apply(event)
    return board.snapshot(10.0)


def answered(*headers: tuple[str, str]) -> RequestAnswered:
    return RequestAnswered(3.0, "worker_0", 200, headers, 1.0)


def test_a_filter_that_set_no_timer_is_told_from_one_that_has_not_ticked_yet() -> None:
    shown = picture(*BORN, *timer())
    assert tell_silence(shown, shown.thread("worker_0")).text == "no tick yet"
    assert tell_silence(shown, shown.thread("main")).words == "no timer (this filter sets no timer)"
    stopped = picture(*BORN, *timer(period=0))
    assert tell_silence(stopped, stopped.thread("worker_0")).text == "no timer"


def test_where_nobody_looked_nothing_is_called_none() -> None:
    shown = picture(NAMES, OFF)
    worker = shown.thread("worker_0")
    told = (tell_silence(shown, worker), tell_fetches(shown, worker), tell_token(shown, worker))
    assert {each.text for each in told} == {"not seen"}
    assert "12,000 lines" in tell_silence(shown, worker).why
    assert str(shown.count(worker, "ticks")) == "not seen"


def test_ticks_that_were_seen_before_the_trace_went_off_are_said_to_be_so() -> None:
    shown = picture(*BORN, *timer(), *tick(1.0), *tick(1.1), OFF)
    worker = shown.thread("worker_0")
    assert str(shown.count(worker, "ticks")) == "2 seen"
    assert tell_silence(shown, worker).text == "not seen now"
    notice = tell_notice(shown)
    assert notice.startswith("Crossings are off since")
    assert notice.endswith("So the numbers are what was seen, and there may be more.")


def test_a_token_is_told_by_the_last_answer_and_never_whole() -> None:
    token = "Bearer " + "x" * 300
    shown = picture(*BORN, *timer(), *tick(1.0), answered(("x-auth", token)))
    told = tell_token(shown, shown.thread("worker_0"))
    assert told.text == fingerprint(token)
    assert told.why == "the x-auth of this worker's last answer"
    assert token not in str(shown)[: str(shown).index("last_response")]


def test_a_token_is_none_only_where_nothing_was_sent_that_could_bring_one() -> None:
    silent = picture(*BORN, *timer(), *tick(1.0), answered())
    assert tell_token(silent, silent.thread("worker_0")).text == "none"
    sent = callback(1.0, WORKER, "proxy_on_tick", *call(1.0, WORKER, "proxy_http_call"))
    shown = picture(*BORN, *timer(), *sent)
    worker = tell_token(shown, shown.thread("worker_0"))
    assert worker.text == "not seen"
    assert "answered no request yet" in worker.why
    asked = picture(*BORN, *timer(), *sent, answered())
    assert "carries no x-auth" in tell_token(asked, asked.thread("worker_0")).why


def test_a_token_of_a_vm_that_failed_is_no_longer_told() -> None:
    failed = VmFailed(4.0, WORKER, "proxy_on_tick", "unreachable")
    shown = picture(*BORN, *timer(), answered(("x-auth", "Bearer a")), failed)
    assert tell_token(shown, shown.thread("worker_0")).words == "none (its VM has failed)"


def test_replies_are_answered_and_their_status_is_not_made_up() -> None:
    events = [*callback(1.0, WORKER, "proxy_on_tick", *call(1.0, WORKER, "proxy_http_call"))]
    events += callback(1.1, WORKER, "proxy_on_http_call_response")
    shown = picture(*BORN, *timer(), *events)
    told = tell_fetches(shown, shown.thread("worker_0"))
    assert told.text == "1 answered"
    assert "status does not cross" in told.why
    assert str(tell_fetches(shown, shown.thread("main"))) == "none"


def test_a_filter_that_speaks_for_itself_needs_no_crossings() -> None:
    shown = picture(NAMES, Ticked(1.0, WORKER, "aaaaaa", 1), Ticked(1.0, MAIN, "bbbbbb", 1), OFF)
    worker = shown.thread("worker_0")
    assert tell_vm(worker).words == "aaaaaa (the filter's own log lines)"
    assert tell_token(shown, worker).words == "none (the filter's own log lines)"
    assert tell_notice(shown) == ""
    assert tell_sources(shown) == "Counted from the filter's own log lines."
    assert crossed_kinds(shown) == ((), ())


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (LinesDropped(2.0, 1234), "1,234 lines of the log were dropped"),
        (OddTrace(2.0, WORKER, "[host->vm] odd"), "reads otherwise than the lab knows it: [host"),
    ],
)
def test_what_was_dropped_or_odd_is_said(event: Event, said: str) -> None:
    shown = picture(*BORN, *timer(), *tick(1.0), event)
    assert said in tell_notice(shown)
    assert "there may be more" in tell_notice(shown)
    assert str(shown.count(shown.thread("worker_0"), "ticks")) == "1 seen"


def test_several_vms_on_a_thread_are_counted_by_thread_and_it_says_so() -> None:
    shown = picture(*BORN, VmCreated(0.6, WORKER), *timer(), *tick(1.0))
    assert shown.thread("worker_0").vms_alive == 2
    assert "runs 2 VMs here: what crosses is counted by thread" in tell_notice(shown)
    assert "counted by thread" in tell_vm(shown.thread("worker_0")).why


def test_what_else_crossed_is_told_from_what_did_not() -> None:
    shown = picture(*BORN, *timer(), *callback(1.0, WORKER, "proxy_on_request_headers"))
    seen, others = crossed_kinds(shown)
    assert seen == ("VM starts", "requests")
    assert "responses" in others
    assert "ticks" not in (*seen, *others)
    assert tell_others(shown).startswith("none: callouts sent, responses")
    assert "failures" in tell_others(picture(*BORN, OFF)).partition("; not seen: ")[0]


def test_a_load_that_was_only_tried_counts_for_nothing() -> None:
    shown = picture(*BORN)
    assert [str(shown.count(t, "VM starts")) for t in shown.threads] == ["1", "1"]
    assert [thread.vms_alive for thread in shown.threads] == [1, 1]


def test_a_vm_that_takes_a_failed_ones_place_is_none_that_tried_a_load() -> None:
    failed = VmFailed(2.0, WORKER, "proxy_on_tick", "unreachable")
    again = (VmCreated(3.0, WORKER), VmEnded(3.1, WORKER))
    shown = picture(*BORN, *timer(), *tick(1.0), failed, *again, *tick(4.0))
    worker = shown.thread("worker_0")
    assert (worker.failure, worker.vms, worker.vms_alive) == ("", 2, 1)
    assert [bool(change.failure) for change in worker.changes] == [True, False]
    assert str(shown.count(worker, "VM starts")) == "2"


def test_a_workers_new_vm_before_its_first_request_is_none_that_tried_a_load() -> None:
    shown = picture(*BORN, VmCreated(3.0, WORKER), VmEnded(3.1, WORKER))
    assert str(shown.count(shown.thread("worker_0"), "VM starts")) == "2"
    assert shown.thread("worker_0").vms_alive == 1
