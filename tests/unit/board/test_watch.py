"""A board that threads share: who waits is woken by the event, and by nothing's being heard."""

from __future__ import annotations

import threading
import time

import pytest

from lab_helpers.board.events import ThreadsNamed
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.watch import Watch
from lab_helpers.errors import LaunchError

NAMES = ThreadsNamed(0.0, ((1, "main"), (2, "worker_0")))


def has_a_worker(picture: Snapshot) -> bool:
    return bool(picture.workers)


def test_an_event_from_another_thread_ends_the_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_helpers.board.watch._LOOK_S", 60.0)  # so that it is the event, no look
    watch = Watch()
    looked = threading.Event()

    def record() -> None:
        assert looked.wait(10)
        watch.record(NAMES)

    def condition(picture: Snapshot) -> bool:
        looked.set()
        return has_a_worker(picture)

    other = threading.Thread(target=record)
    other.start()
    began = time.monotonic()
    found = watch.wait_until(condition, timeout_s=50)
    other.join()
    assert found is not None
    assert time.monotonic() - began < 20
    assert [thread.name for thread in found.workers] == ["worker_0"]


def test_what_is_there_already_is_not_waited_for() -> None:
    watch = Watch()
    watch.record(NAMES)
    assert watch.wait_until(has_a_worker, timeout_s=0) is not None
    watch.begin_anew()
    assert watch.snapshot().threads == ()
    assert watch.wait_until(has_a_worker, timeout_s=0) is None


def test_what_is_looked_at_between_ends_the_waiting() -> None:
    def gone() -> None:
        raise LaunchError("Envoy has ended.")

    with pytest.raises(LaunchError, match="has ended"):
        Watch().wait_until(has_a_worker, timeout_s=10, between=gone)


def test_a_flood_of_events_is_looked_at_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab_helpers.board.watch._APART_S", 0.05)
    watch = Watch()
    over = threading.Event()

    def flood() -> None:
        while not over.is_set():
            watch.record(NAMES)

    looks: list[int] = []

    def fifth_look(picture: Snapshot) -> bool:
        looks.append(picture.events)
        return len(looks) == 5

    flooding = threading.Thread(target=flood)
    flooding.start()
    began = time.monotonic()
    try:
        found = watch.wait_until(fifth_look, 50)
    finally:
        over.set()
        flooding.join()
    assert found is not None
    assert time.monotonic() - began >= 4 * 0.05


def test_a_condition_may_cause_an_event_and_wait_for_it() -> None:
    """As one that sends a request: its answer is recorded by another thread."""
    watch = Watch()

    def asks(_picture: object) -> bool:
        recording = threading.Thread(target=watch.record, daemon=True)
        recording.start()
        recording.join(5)
        return not recording.is_alive()

    assert watch.wait_until(asks, timeout_s=1) is not None
