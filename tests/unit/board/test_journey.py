"""One request's crossings as a tree: on lines recorded from Envoy 1.36 to 1.40, and made up."""

from __future__ import annotations

import pytest

from lab_helpers.board.events import (
    Crossing,
    Event,
    LinesDropped,
    LogEvent,
    OddTrace,
    Panicked,
    Step,
    VmFailed,
)
from lab_helpers.board.journey import Asked, Ending, Kind, Trip, read_trip
from tests.unit.board.test_crossings import ALL, events_of

HEADERS = [name for name in ALL if name.endswith("-headers")]
TID = 7


def recorded(name: str) -> Trip:
    """Follow the last request of a recording."""
    events = [event for event in events_of(name) if isinstance(event, LogEvent)]
    first = [event for event in events if begins(event)][-1]
    later = [event for event in events if event.time >= first.time]
    return read_trip(later, Asked(first.tid, first.time, first.time + 0.5))


def begins(event: Event) -> bool:
    return (
        isinstance(event, Crossing)
        and event.function == "proxy_on_context_create"
        and event.arguments[1:] > (0,)
    )


class Tape:
    """Crossings of one thread, a millisecond apart."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.now = 100.0

    def into(self, function: str, *arguments: int, result: int | None = 0) -> None:
        """Enter a callback, and come back."""
        self.step(Step.ENTERED, function, arguments)
        self.step(Step.LEFT, function, (), result)

    def step(
        self,
        step: Step,
        function: str,
        arguments: tuple[int, ...] = (),
        result: int | None = None,
    ) -> None:
        self.now += 0.001
        self.events.append(Crossing(self.now, TID, step, function, arguments, result))

    def request(self, context: int, plugin: int = 1) -> None:
        self.into("proxy_on_context_create", context, plugin, result=None)
        self.into("proxy_on_request_headers", context, 7, 1)

    def delete(self, context: int) -> None:
        self.into("proxy_on_delete", context, result=None)

    def step_tick(self) -> None:
        """Tick, and log a line in it."""
        self.step(Step.ENTERED, "proxy_on_tick", (1,))
        self.step(Step.CALLED, "proxy_log", (2, 70000, 4))
        self.step(Step.ANSWERED, "proxy_log", (), 0)
        self.step(Step.LEFT, "proxy_on_tick")

    def fail(self, words: str) -> None:
        """Enter a callback, and panic in it."""
        self.step(Step.ENTERED, "proxy_on_response_headers", (2, 4, 0))
        self.events += [
            Panicked(self.now, TID, words),
            VmFailed(self.now, TID, "proxy_on_response_headers", "Uncaught RuntimeError: x"),
        ]

    def trip(self, *, sent: float = 100.0, answered: float | None = 200.0) -> Trip:
        return read_trip(self.events, Asked(TID, sent, answered))


@pytest.mark.parametrize("name", HEADERS)
def test_a_recorded_request_is_a_tree_of_its_callbacks_and_calls(name: str) -> None:
    trip = recorded(name)
    assert trip.ending is Ending.DELETED
    assert trip.doubts == ()
    assert len(trip.contexts) == 1
    entries = {entry.function: entry for entry in trip.own}
    assert list(entries) == [
        "proxy_on_context_create",
        "proxy_on_request_headers",
        "proxy_on_response_headers",
        "proxy_on_response_body",
        "proxy_on_log",
        "proxy_on_done",
        "proxy_on_delete",
    ]
    response = entries["proxy_on_response_headers"]
    assert [call.function for call in response.work] == [
        "proxy_get_header_map_pairs",
        "proxy_get_header_map_value",
        "proxy_add_header_map_value",
        "proxy_replace_header_map_value",
        "proxy_remove_header_map_value",
        "proxy_remove_header_map_value",
    ]
    assert not any(call.failed for call in response.work)
    assert response.allocations >= 2
    assert [entry.did_something for entry in entries.values()] == [False, *[True] * 3, *[False] * 3]
    moments = [moment for entry in trip.own for moment in (entry.begin_us, entry.end_us)]
    assert moments == sorted(moments, key=lambda moment: moment or 0)


def test_a_callouts_reply_that_lets_the_request_go_on_belongs_to_it() -> None:
    trip = recorded("1.40.0-tinygo-pause")
    reply = next(entry for entry in trip.entries if trip.kind(entry) is Kind.REPLY)
    assert trip.concerns_request(reply)
    assert [call.function for call in reply.work][-1] == "proxy_continue_stream"
    held = next(entry for entry in trip.own if entry.function == "proxy_on_request_headers")
    assert held.result == 1
    assert held.did_something


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1.40.0-tinygo-panic_body", "panic: in OnHttpRequestBody"),
        ("1.40.0-tinygo-panic_done", "panic: in OnHttpStreamDone"),
        ("1.40.0-go-panic_response_headers", "panic: in OnHttpResponseHeaders"),
    ],
)
def test_a_request_that_fails_ends_in_the_callback_that_failed(name: str, words: str) -> None:
    trip = recorded(name)
    assert trip.ending is Ending.FAILED
    assert trip.failure.strip() == words
    assert trip.own[-1].failure.strip() == words
    assert trip.own[-1].end_us is None


def test_two_vms_that_number_alike_are_a_doubt() -> None:
    tape = Tape()
    tape.request(2)
    tape.request(2)
    tape.delete(2)
    assert tape.trip().ending is Ending.NOT_SEEN  # the other VM's is still to come
    tape.delete(2)
    trip = tape.trip()
    assert trip.ending is Ending.DELETED
    assert any("Several VMs" in doubt for doubt in trip.doubts)


def test_two_plugins_of_one_request_are_no_doubt_and_two_requests_are() -> None:
    tape = Tape()
    tape.request(3, plugin=1)
    tape.request(4, plugin=2)
    tape.delete(3)
    tape.delete(4)
    both = Asked(TID, 100.0, 200.0, plugins=2)
    assert read_trip(tape.events, both).doubts == ()
    assert read_trip(tape.events, both).contexts == {3, 4}
    assert "2 requests were under way" in tape.trip().doubts[0]


def test_what_began_before_or_after_is_another_request() -> None:
    tape = Tape()
    tape.into("proxy_on_response_body", 8, 41, 1)  # before ours was sent
    sent = tape.now
    tape.into("proxy_on_log", 8, result=None)
    tape.request(9)
    tape.into("proxy_on_tick", 1, result=None)
    tape.delete(9)
    answered = tape.now
    tape.request(10)
    trip = tape.trip(sent=sent + 0.0001, answered=answered)
    assert trip.contexts == {9}
    assert trip.doubts == ()
    kinds = [(entry.context, trip.kind(entry)) for entry in trip.entries]
    assert kinds == [
        (8, Kind.OTHER),
        (9, Kind.REQUEST),
        (9, Kind.REQUEST),
        (1, Kind.TICK),
        (9, Kind.REQUEST),
        (10, Kind.OTHER),
        (10, Kind.OTHER),
    ]


def test_a_module_that_is_not_told_of_contexts_is_followed_by_its_first_callback() -> None:
    tape = Tape()
    tape.into("proxy_on_response_headers", 2, 4, 0)
    trip = tape.trip()
    assert trip.contexts == {2}
    assert trip.ending is Ending.NOT_SEEN


def test_a_tick_that_fails_meanwhile_ends_the_request_too() -> None:
    tape = Tape()
    tape.request(2)
    tape.step(Step.ENTERED, "proxy_on_tick", (1,))
    tape.events.append(VmFailed(tape.now, TID, "proxy_on_tick", "Uncaught RuntimeError: x\n 0: y"))
    trip = tape.trip()
    assert trip.ending is Ending.FAILED
    assert trip.failure == "Uncaught RuntimeError: x"


def test_other_threads_are_left_out_and_what_is_missing_is_said() -> None:
    tape = Tape()
    tape.request(2)
    tape.events += [
        Crossing(tape.now, TID + 1, Step.ENTERED, "proxy_on_tick", (1,)),
        LinesDropped(tape.now, 1234),
        OddTrace(tape.now, TID, "[host->vm] proxy_on_new(…"),
    ]
    trip = tape.trip()
    assert [entry.function for entry in trip.entries] == [
        "proxy_on_context_create",
        "proxy_on_request_headers",
    ]
    assert [doubt.partition(",")[0] for doubt in trip.doubts] == [
        "1",
        "This Envoy's trace reads otherwise than the lab knows it: [host->vm] proxy_on_new(…",
    ]


def test_a_call_that_never_comes_back_and_one_that_is_refused_are_failures() -> None:
    tape = Tape()
    tape.step(Step.ENTERED, "proxy_on_request_headers", (2, 7, 1))
    tape.step(Step.CALLED, "proxy_get_header_map_value", (0, 1, 2, 3, 4))
    tape.step(Step.ANSWERED, "proxy_get_header_map_value", (), 1)
    tape.step(Step.CALLED, "proxy_http_call", (1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
    tape.step(Step.ANSWERED, "proxy_http_call", (), 2)
    tape.step(Step.CALLED, "proxy_send_local_response", (403, 0, 0, 0, 0, 0, 0, 0))
    (entry,) = tape.trip().entries
    assert [call.failed for call in entry.calls] == [False, True, True]


def test_what_an_sdk_or_a_runtime_asks_by_itself_is_no_work() -> None:
    tape = Tape()
    tape.step(Step.ENTERED, "proxy_on_request_headers", (2, 7, 1))
    for function in ("wasi_snapshot_preview1.poll_oneoff", "proxy_set_effective_context"):
        tape.step(Step.CALLED, function, (1,))
        tape.step(Step.ANSWERED, function, (), 0)
    tape.step(Step.LEFT, "proxy_on_request_headers", (), 0)
    (entry,) = tape.trip().entries
    assert len(entry.calls) == 2
    assert not entry.did_something
