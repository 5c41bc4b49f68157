"""Frames: whole once, then what changed, and a page that opens later misses nothing."""

from __future__ import annotations

import dataclasses
import json
import random
from typing import Any

from lab_helpers.board.board import Board
from lab_helpers.board.events import (
    CalloutSent,
    Event,
    FetchEnded,
    RequestAnswered,
    ThreadsNamed,
    Ticked,
    VmFailed,
    VmStarted,
)
from lab_helpers.dashboard.frames import Frames
from lab_helpers.dashboard.look import Look
from lab_helpers.envoy.admin import Figures
from lab_helpers.token_api import Fault, Verdict

MAIN, WORKER_0, WORKER_1 = 100, 101, 102
NAMES = ThreadsNamed(990.0, ((MAIN, "main"), (WORKER_0, "worker_0"), (WORKER_1, "worker_1")))
TOKEN = "Bearer " + "abcdefghij" * 60
ANSWER = RequestAnswered(
    1000.0, "worker_0", 200, (("x-wasm-filter", "hello from wasm"), ("x-auth", TOKEN)), 1.234
)
FIGURES = Figures(4, 5, 0, {"worker_0": 1, "worker_1": 1}, {}, 100_000_000)


def look(board: Board, now: float, **changes: Any) -> Look:
    picture = Look(board.snapshot(now), workers=2, tick_ms=1000, figures=FIGURES)
    return dataclasses.replace(picture, **changes)


def board_of(*events: Event) -> Board:
    board = Board()
    for event in events:
        board.apply(event)
    return board


class PageState:
    """What a page makes of the frames, as `static/store.js` does."""

    def __init__(self) -> None:
        self.seq = 0
        self.sections: dict[str, Any] = {}
        self.threads: dict[int, dict[str, Any]] = {}
        self.ticks: dict[tuple[int, str, int], list[Any]] = {}
        self.answers: dict[str, Any] = {}

    def take(self, frame: dict[str, Any]) -> None:
        frame = json.loads(json.dumps(frame))  # all of it must be plain JSON
        if frame.get("whole"):
            self.__init__()  # type: ignore[misc]
        else:
            assert frame["seq"] == self.seq + 1
        self.seq = frame["seq"]
        for name in ("scene", "tallies", "words", "watching", "origin", "now"):
            if name in frame:
                self.sections[name] = frame[name]
        for row in frame.get("threads", ()):
            self.threads.setdefault(row["tid"], {}).update(row)
        for tick in frame.get("ticks", ()):
            self.ticks[tick[0], tick[1], tick[2]] = tick
        for answer in frame.get("answers", ()):
            self.answers[answer["worker"]] = answer

    def without_past(self) -> dict[str, Any]:
        """Return it as a page shows it: without the ticks that have left the window."""
        since = self.sections["now"] - self.sections["scene"]["windowS"]
        ticks = {key: tick for key, tick in self.ticks.items() if tick[3] >= since}
        return vars(self) | {"ticks": ticks}


def test_the_first_frame_is_whole() -> None:
    frame = Frames().next(look(board_of(NAMES, Ticked(1000.25, WORKER_0, "aaaaaa", 1)), 1001.0))
    assert frame is not None
    assert frame["whole"] is True
    assert (frame["seq"], frame["origin"], frame["now"]) == (1, 1001.0, 0.0)
    assert [row["name"] for row in frame["threads"]] == ["worker_0", "worker_1", "main"]
    assert frame["ticks"] == [[WORKER_0, "aaaaaa", 1, -0.75, None, None, "", 0]]
    assert frame["scene"]["windowS"] == 10
    assert frame["tallies"]["expected"] == 3


def test_where_the_picture_comes_to_stand_still_its_words_are_of_that_moment() -> None:
    resting = {"rests": "over"}
    for changes, watching in (({"running": False}, None), ({}, resting)):
        board = board_of(NAMES, Ticked(1000.0, WORKER_0, "aaaaaa", 1))
        frames, page = Frames(), PageState()
        page.take(frames.next(look(board, 1001.0)) or {})
        assert "worker_0 1, worker_1 0" in page.sections["words"]
        board.apply(Ticked(1001.05, WORKER_1, "bbbbbb", 1))
        page.take(frames.next(look(board, 1001.1)) or {})
        assert "worker_0 1, worker_1 0" in page.sections["words"]  # not ten times a second
        page.take(frames.next(look(board, 1001.2, **changes), watching) or {})
        assert "worker_0 1, worker_1 1" in page.sections["words"]


def test_a_change_holds_only_what_changed() -> None:
    board = board_of(NAMES, Ticked(1000.0, WORKER_0, "aaaaaa", 1))
    frames = Frames()
    frames.next(look(board, 1001.0))
    board.apply(Ticked(1001.05, WORKER_1, "bbbbbb", 1))
    frame = frames.next(look(board, 1001.1))
    assert frame is not None
    assert frame.keys() == {"seq", "now", "threads", "ticks", "tallies"}
    assert frame["ticks"] == [[WORKER_1, "bbbbbb", 1, 0.05, None, None, "", 0]]
    (row,) = frame["threads"]
    # Its first line tells all at once that this filter speaks for itself.
    told = {"vmFrom", "ticksFrom", "fetches", "fetchesFrom", "token", "tokenFrom", "silence"}
    assert row.keys() == {"tid", "vm", "vms", "ticks", "changes"} | told


def test_a_tick_that_goes_on_is_sent_again_and_then_no_more() -> None:
    board = board_of(NAMES, Ticked(1000.9, WORKER_0, "aaaaaa", 1))
    frames = Frames()
    frames.next(look(board, 1001.0))
    board.apply(CalloutSent(1001.01, WORKER_0, "aaaaaa", 1))
    sent = frames.next(look(board, 1001.1))
    board.apply(FetchEnded(1001.15, WORKER_0, "aaaaaa", 1, "ok", 200, "ab12cd34"))
    ended = frames.next(look(board, 1001.2))
    assert sent is not None
    assert ended is not None
    assert sent["ticks"] == [[WORKER_0, "aaaaaa", 1, -0.1, 0.01, None, "", 0]]
    assert ended["ticks"] == [[WORKER_0, "aaaaaa", 1, -0.1, 0.01, 0.15, "ok", 200]]
    board.apply(Ticked(1001.9, WORKER_0, "aaaaaa", 2))
    later = frames.next(look(board, 1002.0))
    assert later is not None
    assert [tick[2] for tick in later["ticks"]] == [2]


def test_a_reply_that_overtakes_another_is_not_forgotten() -> None:
    board = board_of(
        NAMES, Ticked(1000.0, WORKER_0, "aaaaaa", 1), CalloutSent(1000.0, WORKER_0, "aaaaaa", 1)
    )
    frames = Frames()
    frames.next(look(board, 1000.1))
    board.apply(Ticked(1001.0, WORKER_0, "aaaaaa", 2))
    board.apply(FetchEnded(1001.01, WORKER_0, "aaaaaa", 2, "ok", 200, "ab12cd34"))
    frames.next(look(board, 1001.1))
    board.apply(FetchEnded(1001.2, WORKER_0, "aaaaaa", 1, "stale", 200, ""))
    late = frames.next(look(board, 1001.3))
    assert late is not None
    assert [(tick[2], tick[6]) for tick in late["ticks"]] == [(1, "stale")]


def test_without_news_there_is_no_frame_but_a_heartbeat() -> None:
    board = board_of(NAMES)
    frames = Frames()
    frames.next(look(board, 1000.0))
    assert frames.next(look(board, 1000.1)) is None
    assert frames.next(look(board, 1000.9)) is None
    beat = frames.next(look(board, 1001.0))
    assert beat is not None
    assert (beat["seq"], beat["now"]) == (2, 1.0)
    assert frames.next(look(board, 1001.1)) is None


def test_another_run_is_a_whole_frame() -> None:
    frames = Frames()
    frames.next(look(board_of(NAMES, Ticked(1000.0, WORKER_0, "aaaaaa", 1)), 1000.1))
    other = board_of(ThreadsNamed(1001.0, ((200, "main"), (201, "worker_0"))))
    frame = frames.next(look(other, 1001.1))
    assert frame is not None
    assert frame["whole"] is True
    assert [row["tid"] for row in frame["threads"]] == [201, 200]
    assert frame["ticks"] == []


def test_a_restart_before_the_threads_are_known_is_a_whole_frame_too() -> None:
    frames = Frames()
    frames.next(look(board_of(NAMES), 1000.1))
    frame = frames.next(look(Board(), 1000.2))
    assert frame is not None
    assert frame["whole"] is True
    assert "threads" not in frame


def test_no_frame_holds_a_whole_token() -> None:
    verdict = Verdict(valid=True, reason="good", claims={"sub": "vm-aaaaaa", "exp": 1060})
    frame = Frames().next(look(board_of(NAMES, ANSWER), 1001.0, verdicts={"worker_0": verdict}))
    assert frame is not None
    (answer,) = frame["answers"]
    assert TOKEN not in json.dumps(frame)
    assert ["x-auth", "Bearer abcdefghij…ghij (607 characters)"] in answer["headers"]
    assert answer["verdict"]["claims"] == {"sub": "vm-aaaaaa", "exp": "1060"}
    assert answer["verdict"]["expires"] == 59.0
    assert answer["latency"] == 1.23


def test_a_verdict_that_comes_later_is_sent() -> None:
    board, frames = board_of(NAMES, ANSWER), Frames()
    first = frames.next(look(board, 1001.0))
    verdict = Verdict(valid=False, reason="it expired 3 s ago")
    second = frames.next(look(board, 1001.5, verdicts={"worker_0": verdict}))
    assert first is not None
    assert second is not None
    assert "verdict" not in first["answers"][0]
    assert second["answers"][0]["verdict"]["reason"] == "it expired 3 s ago"


def test_long_values_are_cut() -> None:
    answer = dataclasses.replace(ANSWER, headers=(("x-long", "y" * 60_000),))
    frame = Frames().next(look(board_of(NAMES, answer), 1001.0))
    assert frame is not None
    assert len(json.dumps(frame)) < 3_000


def test_parts_that_are_not_shown_are_not_sent() -> None:
    board = board_of(NAMES, Ticked(1000.0, WORKER_0, "aaaaaa", 1), ANSWER)
    lanes = Frames(("status", "lanes")).next(look(board, 1001.0))
    headers = Frames(("status", "headers")).next(look(board, 1001.0))
    assert lanes is not None
    assert headers is not None
    assert not {"answers", "tallies"} & lanes.keys()
    assert not {"ticks", "words", "tallies"} & headers.keys()


def test_what_happened_is_told_once() -> None:
    board, frames = board_of(NAMES), Frames()
    frames.next(look(board, 1000.0))
    told = frames.next(look(board, 1001.0, fault=Fault.HANG))
    again = frames.next(look(board, 1002.0, fault=Fault.HANG))
    assert told is not None
    assert again is not None
    assert told["news"] == [
        "The token API's fault is now hang: Takes the request and does not answer."
    ]
    assert "news" not in again


def test_a_page_that_opens_later_sees_what_an_open_one_sees() -> None:
    chance = random.Random(4)  # noqa: S311  # the same events at each run
    board, frames, page = board_of(NAMES), Frames(), PageState()
    now, counts = 1000.0, dict.fromkeys((MAIN, WORKER_0, WORKER_1), 0)
    under_way: list[tuple[int, int]] = []
    for step in range(400):
        now += 0.1
        for tid in counts:
            if chance.random() < 0.3:
                counts[tid] += 1
                board.apply(Ticked(now - 0.01, tid, f"{tid:06x}", counts[tid]))
                board.apply(CalloutSent(now - 0.009, tid, f"{tid:06x}", counts[tid]))
                under_way.append((tid, counts[tid]))
        if under_way and chance.random() < 0.8:
            tid, n = under_way.pop(chance.randrange(len(under_way)))
            board.apply(FetchEnded(now - 0.001, tid, f"{tid:06x}", n, "ok", 200, f"{n:08x}"))
        if step % 7 == 0:
            board.apply(dataclasses.replace(ANSWER, time=now))
        if step == 200:
            board.apply(VmFailed(now, WORKER_0, "proxy_on_tick", "unreachable"))
            board.apply(VmStarted(now, WORKER_0, "ffffff", 1000))
        fault = Fault.HANG if step % 50 < 5 else Fault.NONE
        frame = frames.next(look(board, round(now, 3), fault=fault))
        if frame is not None:
            page.take(frame)
        late = PageState()
        late.take(frames.complete())
        page.sections["now"] = late.sections["now"]  # time goes on without news, too
        assert late.without_past() == page.without_past()


def test_before_the_first_frame_there_is_nothing_complete() -> None:
    assert Frames().complete() == {}


def test_sixty_six_lanes_stay_small() -> None:
    names = ThreadsNamed(990.0, ((1, "main"), *((n + 2, f"worker_{n}") for n in range(65))))
    board, frames, now = board_of(names), Frames(), 1000.0
    sizes = []
    for n in range(1, 101):
        now += 0.1
        for tid in range(1, 67):
            board.apply(Ticked(now - 0.05, tid, f"{tid:06x}", n))
            board.apply(CalloutSent(now - 0.049, tid, f"{tid:06x}", n))
            board.apply(FetchEnded(now - 0.045, tid, f"{tid:06x}", n, "ok", 200, f"{n:08x}"))
        frame = frames.next(look(board, round(now, 3)))
        sizes.append(len(json.dumps(frame)))
    assert max(sizes[1:]) < 15_000
