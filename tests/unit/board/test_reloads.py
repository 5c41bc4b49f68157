"""Reloads on the board: old VMs go and new ones come, each on its thread, whoever tells of them."""

from __future__ import annotations

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Crossing,
    Event,
    FetchEnded,
    ModuleLoaded,
    ReloadBegan,
    Reloaded,
    SeeingChanged,
    Step,
    ThreadsNamed,
    Ticked,
    TokenRead,
    UpdateRefused,
    VmCreated,
    VmEnded,
    VmFailed,
    VmStarted,
)
from lab_helpers.board.parsing import parse_event
from lab_helpers.board.snapshot import Thread

MAIN, WORKER = 1, 2


def board_of(*events: Event) -> Board:
    board = Board()
    board.apply(SeeingChanged(0.5, True, "always"))
    board.apply(ThreadsNamed(1, ((MAIN, "main"), (WORKER, "worker_0"))))
    for event in events:
        board.apply(event)
    return board


def threads(board: Board) -> dict[str, Thread]:
    return {thread.name: thread for thread in board.snapshot(99).threads}


def start(time: float, main: str, worker: str) -> list[Event]:
    """Return what Envoy logs of a load: the VM that tries it, then one for each thread."""
    return [
        ModuleLoaded(time, MAIN),
        VmCreated(time, MAIN),
        VmStarted(time, MAIN, f"{main}tried", 200),
        VmEnded(time, MAIN),
        VmCreated(time, MAIN),
        VmStarted(time, MAIN, main, 200),
        VmCreated(time, WORKER),
        VmStarted(time, WORKER, worker, 200),
    ]


TICKED = [Ticked(3, MAIN, "a", 1), Ticked(3, WORKER, "b", 1)]


@pytest.mark.parametrize("last", [MAIN, WORKER])
def test_the_old_base_vm_goes_on_any_thread_and_is_none_of_its(last: int) -> None:
    other = MAIN + WORKER - last
    gone = [VmEnded(6, other), VmEnded(6, last), VmEnded(6, last)]
    board = board_of(
        *start(2, "a", "b"), *TICKED, ReloadBegan(4), *start(5, "c", "d"), *gone, Reloaded(7)
    )
    now = threads(board)
    assert [thread.vms_alive for thread in now.values()] == [1, 1]
    assert [thread.vm for thread in now.values()] == ["d", "c"]
    assert [thread.vms for thread in now.values()] == [2, 2]
    assert board.every_vm_spoke
    # An old one that still finishes something takes no thread back.
    board.apply(Ticked(8, WORKER, "b", 2))
    assert threads(board)["worker_0"].vm == "d"


@pytest.mark.parametrize(
    "late",
    [
        Ticked(8, WORKER, "b", 2),
        CalloutSent(8, WORKER, "b", 2),
        CalloutRefused(8, WORKER, "b", 2, "no cluster"),
        FetchEnded(8, WORKER, "b", 2, "ok", 200, "0123456789ab"),
        TokenRead(8, WORKER, "b", "ok", "0123456789ab", "c"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_the_old_vm_said_last_is_read_late(late: Event) -> None:
    # The log comes by a pipe, and Envoy's own counter says first that the reload is done.
    board = board_of(*start(2, "a", "b"), *TICKED, ReloadBegan(4), Reloaded(7), late)
    now = threads(board)["worker_0"]
    assert (now.vm, now.token, now.vms) == ("", None, 2)
    # The new one is heard of after all, or a second reload brings one.
    board.apply(Ticked(9, WORKER, "d", 1))
    assert threads(board)["worker_0"].vm == "d"


def test_an_old_vm_that_is_still_in_use_is_alive() -> None:
    board = board_of(
        *start(2, "a", "b"), *TICKED, ReloadBegan(4), *start(5, "c", "d"), VmEnded(6, MAIN)
    )
    board.apply(Reloaded(7))
    now = threads(board)
    assert (now["main"].vms_alive, now["worker_0"].vms_alive) == (1, 2)
    board.apply(VmEnded(8, WORKER))
    board.apply(VmEnded(8, WORKER))
    assert threads(board)["worker_0"].vms_alive == 1


def test_what_only_failed_as_it_was_tried_takes_nothing_from_the_thread() -> None:
    board = board_of(*start(2, "a", "b"), *TICKED, ReloadBegan(4))
    for event in (
        ModuleLoaded(5, MAIN),
        VmCreated(5, MAIN),
        VmFailed(5, MAIN, "proxy_on_configure", "unreachable"),
        VmEnded(5, MAIN),
        VmEnded(5, MAIN),
        UpdateRefused(5, MAIN),
    ):
        board.apply(event)
    main = threads(board)["main"]
    assert (main.vm, main.vms, main.vms_alive, main.failure) == ("a", 1, 1, "")
    assert board.every_vm_spoke


def test_a_vm_that_had_failed_before_a_refused_reload_still_has() -> None:
    failed = VmFailed(3.5, MAIN, "proxy_on_tick", "unreachable")
    board = board_of(*start(2, "a", "b"), *TICKED, failed, ReloadBegan(4), UpdateRefused(5, MAIN))
    assert threads(board)["main"].failure == "proxy_on_tick: unreachable"


def test_a_filter_that_says_nothing_leaves_no_old_tag_and_no_failure() -> None:
    failed = VmFailed(3.5, WORKER, "proxy_on_tick", "unreachable")
    board = board_of(
        *start(2, "a", "b"), *TICKED, failed, ReloadBegan(4), UpdateRefused(4.5, WORKER)
    )
    board.apply(ReloadBegan(5))
    board.apply(Reloaded(6))
    for thread in threads(board).values():
        assert (thread.vm, thread.token, thread.failure, thread.vms) == ("", None, "", 2)
        assert thread.changes[-1].time == 6


def test_what_the_log_tells_late_is_still_the_same() -> None:
    """Envoy's counter is often quicker than its log."""
    board = board_of(*start(2, "a", "b"), *TICKED, ReloadBegan(4), Reloaded(6))
    for event in (*start(5, "c", "d"), VmEnded(6, MAIN), VmEnded(6, WORKER), VmEnded(6, WORKER)):
        board.apply(event)
    now = threads(board)
    assert [(thread.vm, thread.vms, thread.vms_alive) for thread in now.values()] == [
        ("d", 2, 1),
        ("c", 2, 1),
    ]


def test_counts_go_on_over_a_reload() -> None:
    tick = Crossing(3, WORKER, Step.ENTERED, "proxy_on_tick", (1,), 0)
    board = board_of(*start(2, "a", "b"), tick, ReloadBegan(4), *start(5, "c", "d"), tick)
    assert threads(board)["worker_0"].crossed["ticks"] == 2


@pytest.mark.parametrize("word", ["rejected", "failure"])
def test_a_refusal_is_read_in_the_log(word: str) -> None:
    said = f"Filesystem config update {word}: Unable to create Wasm plugin token"
    line = f"2026-11-27T12:00:00.000000+00:00|7|warning|config|{said}"
    event = parse_event(line)
    assert isinstance(event, UpdateRefused)
    assert event.tid == 7
