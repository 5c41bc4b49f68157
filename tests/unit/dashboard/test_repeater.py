"""The thread that looks: it ends when it should, and never in silence."""

from __future__ import annotations

import threading
import time

from lab_helpers.dashboard.repeater import Repeater


class Ends:
    """Keeps what a repeater ended with."""

    def __init__(self) -> None:
        self.problems: list[BaseException | None] = []
        self.happened = threading.Event()

    def __call__(self, problem: BaseException | None) -> None:
        self.problems.append(problem)
        self.happened.set()


def test_it_repeats_until_it_is_stopped() -> None:
    enough, ends = threading.Semaphore(0), Ends()
    repeater = Repeater(enough.release, 0.001, name="test", on_end=ends)
    repeater.start()
    for _ in range(5):
        assert enough.acquire(timeout=10)
    assert repeater.running
    repeater.stop()
    assert not repeater.running
    assert ends.problems == []  # whoever stops it knows
    repeater.stop()


def test_it_ends_when_its_time_is_over() -> None:
    ends = Ends()
    repeater = Repeater(lambda: None, 0.001, name="test", lasting_s=0.02, on_end=ends)
    repeater.start()
    assert ends.happened.wait(10)
    assert ends.problems == [None]


def test_what_the_work_raises_is_handed_on() -> None:
    ends = Ends()

    def fail() -> None:
        raise ValueError("no")

    repeater = Repeater(fail, 0.001, name="test", on_end=ends)
    repeater.start()
    assert ends.happened.wait(10)
    assert [str(problem) for problem in ends.problems] == ["no"]


def test_it_starts_again_after_its_end() -> None:
    turns, ends = threading.Semaphore(0), Ends()
    repeater = Repeater(turns.release, 0.001, name="test", lasting_s=0.01, on_end=ends)
    repeater.start()
    assert ends.happened.wait(10)
    while turns.acquire(blocking=False):
        pass
    repeater.start()
    assert turns.acquire(timeout=10)
    repeater.stop()


def test_a_start_while_it_runs_gives_it_its_full_time_again() -> None:
    turns, ends = threading.Semaphore(0), Ends()
    repeater = Repeater(turns.release, 0.01, name="test", lasting_s=0.5, on_end=ends)
    repeater.start()
    first_end = time.monotonic() + repeater.left_s
    while time.monotonic() < first_end - 0.25:
        assert turns.acquire(timeout=10)
    repeater.start()
    assert time.monotonic() + repeater.left_s > first_end + 0.1
    assert [thread.name for thread in threading.enumerate()].count("test") == 1
    repeater.stop()
    assert repeater.left_s == 0


def test_it_can_stop_itself() -> None:
    turns: list[int] = []

    def work() -> None:
        turns.append(1)
        repeater.stop()

    repeater = Repeater(work, 0.001, name="test")
    repeater.start()
    for thread in threading.enumerate():
        if thread.name == "test":
            thread.join(10)
    assert turns == [1]
