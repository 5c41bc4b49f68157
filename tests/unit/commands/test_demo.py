"""What the demo's report holds against what it saw; the demo itself runs in `tests/envoy`."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.board.board import Board
from lab_helpers.board.events import FetchEnded, ThreadsNamed, Ticked
from lab_helpers.commands.demo import DemoReport, JudgedAnswer
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.answer_headers import AnswerHeaders
from lab_helpers.envoy.answers import Answer
from lab_helpers.token_api import Verdict

GREETING = ("x-wasm-filter", "hello from wasm")
TOKEN = ("x-auth", "Bearer ey…")
VALID = Verdict(valid=True, reason="signed by k1, valid for 60 s more")


def answer(
    *headers: tuple[str, str], status: int = 200, verdict: Verdict | None = VALID
) -> JudgedAnswer:
    return JudgedAnswer(Answer("worker_0", status, AnswerHeaders(headers)), verdict)


def report(*answers: JudgedAnswer, ticked: bool = True) -> DemoReport:
    """What a demo of one worker saw, which got a token if it ticked."""
    board = Board()
    board.apply(ThreadsNamed(1.0, ((7, "worker_0"),)))
    if ticked:
        board.apply(Ticked(2.0, 7, "3f2a", 1))
        board.apply(FetchEnded(2.5, 7, "3f2a", 1, "ok", 200, "d686a2fe"))
    return DemoReport(
        compiler="tinygo",
        module=Module(Path("token.wasm"), 1, "00", (), ()),
        envoy_version="1.40.0",
        first_tick_s=1.0,
        first_token_s=1.5,
        snapshot=board.snapshot(4.0),
        answers={"worker_0": answers} if answers else {},
    )


EXPIRED = Verdict(valid=False, reason="it expired 3 s ago")


def test_nothing_is_missing_where_each_answer_is_good() -> None:
    seen = report(answer(GREETING, TOKEN), answer(GREETING, TOKEN))
    assert seen.shortcomings == ()
    assert seen.jwt_verified


def test_one_bad_answer_in_the_middle_is_not_passed_over() -> None:
    good = answer(GREETING, TOKEN)
    seen = report(good, answer(GREETING, TOKEN, verdict=EXPIRED), good)
    assert seen.shortcomings == (
        "worker_0 answered 200, but it expired 3 s ago (in 1 of 3 answers)",
    )
    assert not seen.jwt_verified


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (answer(TOKEN), "x-wasm-filter should be 'hello from wasm', and it carries none"),
        (answer(("x-wasm-filter", "hi"), TOKEN), "and it is 'hi'"),
        (answer(GREETING, TOKEN, status=503), "answered 503, not 200"),
        (
            answer(GREETING, TOKEN, verdict=EXPIRED),
            "200, but it expired 3 s ago",
        ),
    ],
    ids=["no greeting", "another greeting", "503", "expired"],
)
def test_what_an_answer_falls_short_of_is_said(last: JudgedAnswer, words: str) -> None:
    seen = report(answer(GREETING, TOKEN), last)
    (shortcoming,) = seen.shortcomings
    assert shortcoming.startswith("worker_0 answered")
    assert words in shortcoming
    assert "git diff filter/token" in seen.remedy


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (report(answer(GREETING, TOKEN), ticked=False), "worker_0 never ticked"),
        (report(), "worker_0 never answered"),
    ],
    ids=["no tick", "no answer"],
)
def test_a_silent_worker_is_named(seen: DemoReport, words: str) -> None:
    assert seen.shortcomings == (words,)


def test_a_worker_without_a_token_wants_time() -> None:
    seen = report(answer(GREETING, verdict=None), ticked=False)
    assert "a longer --seconds" in seen.remedy
