"""The queue behind the buttons: one thing after another, and its end told in words."""

from __future__ import annotations

import threading

import pytest

from lab_helpers.dashboard.actions import Action, Actions, Progress, Turn
from lab_helpers.errors import LabError, LaunchError


class Told:
    """Keeps the progress, and lets a test wait for it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.all: list[Progress] = []

    def __call__(self, progress: Progress) -> None:
        with self._changed:
            self.all.append(progress)
            self._changed.notify_all()

    def wait(self, call: str, state: str) -> Progress:
        def found() -> Progress | None:
            return next((p for p in self.all if (p.call, p.state) == (call, state)), None)

        with self._changed:
            progress = self._changed.wait_for(found, timeout=10)
        assert progress is not None
        return progress


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def actions(told: Told) -> Actions:
    return Actions(told)


def ended(actions: Actions) -> None:
    for thread in threading.enumerate():
        if thread.name == "dashboard-do":
            thread.join(10)
    assert not actions.busy


def test_an_action_is_told_as_it_works_and_when_it_is_done(actions: Actions, told: Told) -> None:
    actions.submit(Action("envoy.start()", lambda _turn: "It runs."))
    assert told.wait("envoy.start()", "done").said == "It runs."
    assert [p.state for p in told.all] == ["working", "done"]
    ended(actions)  # the thread lives only while there is something to do


def test_a_failure_is_told_with_its_hint(actions: Actions, told: Told) -> None:
    def fail(_turn: Turn) -> str:
        raise LaunchError("Envoy did not start.", quote="no such field", hint="mend it")

    actions.submit(Action("envoy.start()", fail))
    said = told.wait("envoy.start()", "failed").said
    assert said == "Envoy did not start.\n  | no such field\nTry: mend it"
    ended(actions)
    actions.stop()  # a person's error is no bug, so nothing is raised


def test_a_bug_is_told_and_raised_by_stop(actions: Actions, told: Told) -> None:
    def fail(_turn: Turn) -> str:
        raise ZeroDivisionError("by zero")

    actions.submit(Action("envoy.start()", fail))
    assert "ZeroDivisionError: by zero" in told.wait("envoy.start()", "failed").said
    with pytest.raises(LabError, match="ZeroDivisionError"):
        actions.stop()
    actions.stop()


def test_they_go_one_after_another(actions: Actions, told: Told) -> None:
    goes_on, order = threading.Event(), []

    def first(_turn: Turn) -> str:
        goes_on.wait(10)
        order.append("first")
        return ""

    def second(_turn: Turn) -> str:
        order.append("second")
        return ""

    actions.submit(Action("first", first))
    told.wait("first", "working")
    actions.submit(Action("second", second))
    assert actions.progress.waiting == 1
    goes_on.set()
    told.wait("second", "done")
    assert order == ["first", "second"]


def test_an_urgent_one_ends_what_is_done_and_drops_what_waits(actions: Actions, told: Told) -> None:
    def endless(turn: Turn) -> str:
        while turn.goes_on(10.0):
            pass
        return "ended early"

    actions.submit(Action("stream", endless))
    told.wait("stream", "working")
    actions.submit(Action("waits", lambda _turn: "never"))
    actions.submit(Action("envoy.stop()", lambda _turn: "It has ended.", urgent=True))
    told.wait("envoy.stop()", "done")
    assert told.wait("stream", "done").said == "ended early"
    assert "waits" not in [p.call for p in told.all if p.state != "idle"]


def test_a_quick_one_passes_in_a_pause_of_a_longer_one(actions: Actions, told: Told) -> None:
    passed = threading.Event()

    def long(turn: Turn) -> str:
        turn.tell("3 so far")
        while not passed.is_set() and turn.goes_on(0.001):
            pass
        return "all done"

    def quick(_turn: Turn) -> str:
        passed.set()
        return "set"

    actions.submit(Action("stream", long))
    told.wait("stream", "working")
    actions.submit(Action("fault", quick, quick=True))
    told.wait("fault", "done")
    told.wait("stream", "done")
    after = told.all[[p.call for p in told.all].index("fault") + 2]
    assert (after.call, after.state, after.said) == ("stream", "working", "3 so far")


def test_a_cancel_ends_what_is_done(actions: Actions, told: Told) -> None:
    actions.submit(Action("stream", lambda turn: f"goes on: {turn.goes_on(10.0)}"))
    told.wait("stream", "working")
    actions.cancel()
    assert told.wait("stream", "done").said == "goes on: False"


def test_a_person_who_clicks_a_hundred_times_does_not_wait_for_all(
    actions: Actions, told: Told
) -> None:
    goes_on, done = threading.Event(), []

    def note(_turn: Turn) -> str:
        goes_on.wait(10)
        done.append(1)
        return ""

    for _ in range(100):
        actions.submit(Action("envoy.restart()", note))
    goes_on.set()
    ended(actions)
    assert len(done) <= 10


def test_a_listener_that_fails_once_stops_no_later_action() -> None:
    told = Told()

    def fail_first(progress: Progress) -> None:
        told(progress)
        if len(told.all) == 1:
            raise ValueError("the comm is closed")

    actions = Actions(fail_first)
    actions.submit(Action("first", lambda _turn: "done"))
    actions.submit(Action("second", lambda _turn: "done"))
    told.wait("second", "done")
    ended(actions)
    with pytest.raises(LabError, match="had failed") as caught:
        actions.stop()
    assert "the comm is closed" in caught.value.quote


def test_an_action_without_an_end_is_told(
    actions: Actions, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab_helpers.dashboard.actions._JOIN_S", 0.01)
    over = threading.Event()

    def work(_turn: Turn) -> str:
        over.wait(10)
        return "It ended."

    actions.submit(Action("envoy.start()", work))
    told.wait("envoy.start()", "working")
    with pytest.raises(LabError, match=r"envoy.start\(\) has not ended"):
        actions.stop()
    over.set()
    ended(actions)


def test_a_click_too_many_is_told(actions: Actions, told: Told) -> None:
    over = threading.Event()
    actions.submit(Action("long", lambda _turn: str(over.wait(10))))
    told.wait("long", "working")
    done: list[int] = []

    def numbered(number: int) -> Action:
        def do(_turn: Turn) -> str:
            done.append(number)
            return "done"

        return Action(f"n{number}", do)

    for number in range(9):
        actions.submit(numbered(number))
    assert "Not done, for 8 more wait already: n8" in [progress.said for progress in told.all]
    over.set()
    ended(actions)
    assert done == list(range(8))
