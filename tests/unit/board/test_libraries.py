"""A dynamic module on the board: its lines, and that all threads share it."""

from __future__ import annotations

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    Event,
    FetchEnded,
    FilterSaid,
    SettingsRefused,
    ThreadsNamed,
    Ticked,
    VmStarted,
)
from lab_helpers.board.libraries import has_no_vm
from lab_helpers.board.parsing import parse_event
from lab_helpers.board.telling import tell_fetches, tell_silence, tell_token, tell_vm

STAMP = "2026-11-27T12:43:16.567101+00:00|{tid}|{level}|dynamic_modules|"


def said(text: str, *, tid: int = 7, level: str = "info") -> Event | None:
    return parse_event(STAMP.format(tid=tid, level=level) + text)


def test_its_lines_are_the_token_filters_but_for_its_tag() -> None:
    start = said("event=start module=3f2a91 tick_ms=200 cluster=my_custom_svc path=/auth")
    assert isinstance(start, VmStarted)
    assert (start.vm, start.tick_ms, start.library) == ("3f2a91", 200, True)
    assert isinstance(said("event=tick module=3f2a91 n=7"), Ticked)
    ended = said("event=fetch module=3f2a91 n=7 outcome=ok status=200 token=0123abcd")
    assert isinstance(ended, FetchEnded)
    assert ended.token == "0123abcd"  # noqa: S105  # a fingerprint
    refused = said('event=settings_refused module=3f2a91 error=\\"unknown setting\\"')
    assert isinstance(refused, SettingsRefused)
    assert refused.library


@pytest.mark.parametrize(
    "text",
    [
        "event=tick vm=3f2a91 n=7",  # a Wasm filter's word
        "event=tick n=7",
        f"event=tick module={'f' * 65} n=7",
        "event=crash module=3f2a91 at=tick how=panic",
        "a line of somebody else's",
        "panic: on purpose",
        "wasm log token: event=tick vm=1 n=1",
    ],
)
def test_what_is_none_of_ours_is_shown_as_it_stands(text: str) -> None:
    event = said(text)
    assert isinstance(event, FilterSaid)
    assert event.text == text


def test_envoys_own_words_are_no_filters() -> None:
    assert said("Dynamic module ABI version v0.2.0 matched.") is None
    warned = said("Dynamic module ABI version v0.1.0 is deprecated.", level="warning")
    assert isinstance(warned, FilterSaid)


def told(*events: Event | None) -> Board:
    board = Board()
    for event in events:
        assert event is not None
        board.apply(event)
    return board


NAMED = ThreadsNamed(1.0, ((7, "main"), (8, "worker_0"), (9, "worker_1")))


def test_all_threads_share_one_instance_and_its_token() -> None:
    board = told(
        said("event=start module=3f2a91 tick_ms=200 cluster=a path=/auth"),
        NAMED,
        said("event=tick module=3f2a91 n=1"),
        said("event=callout module=3f2a91 n=1"),
    )
    before = board.snapshot(2.0)
    assert [thread.token for thread in before.threads] == [None, None, None]
    assert {thread.vm for thread in before.threads} == {"3f2a91"}
    assert [thread.ticks for thread in before.threads] == [0, 0, 1]
    board.apply(said("event=fetch module=3f2a91 n=1 outcome=ok status=200 token=0123abcd") or NAMED)
    picture = board.snapshot(3.0)
    assert all(map(has_no_vm, picture.threads))
    worker, main = picture.workers[0], picture.thread("main")
    assert [thread.token and thread.token.fingerprint for thread in picture.threads] == [
        "0123abcd"
    ] * 3
    assert tell_vm(worker).text == "module 3f2a91"
    assert tell_fetches(picture, worker).text == "none"
    assert tell_fetches(picture, main).text == "1 ok"
    assert tell_token(picture, worker).words.endswith("all threads share the module's memory)")
    assert tell_silence(picture, worker).text == "no timer"
    assert tell_silence(picture, main).text == ""
    assert picture.count(worker, "ticks").is_none


def test_a_wasm_vm_beside_it_tells_of_itself() -> None:
    line = "2026-11-27T12:43:16.567101+00:00|8|info|wasm|wasm log token: "
    board = told(
        said("event=start module=3f2a91 tick_ms=200 cluster=a path=/auth"),
        parse_event(line + "event=start vm=aaaaaa tick_ms=100 cluster=a path=/auth"),
        NAMED,
    )
    picture = board.snapshot(2.0)
    assert [thread.vm for thread in picture.threads] == ["aaaaaa", "3f2a91", "3f2a91"]
    assert [has_no_vm(thread) for thread in picture.threads] == [False, True, True]
    assert tell_vm(picture.workers[0]).text == "aaaaaa"
