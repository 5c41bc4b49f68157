"""Lines that Docker sends twice as a log rotates."""

from __future__ import annotations

import pytest

from lab_helpers.launch.docker.repeats import unrepeated


def line(micros: int, tid: int = 7, said: str = "tick") -> bytes:
    return f"2026-11-27T12:00:00.{micros:06}+00:00|{tid}|info|wasm|{said}\n".encode()


def test_the_tail_that_comes_once_more_is_left_out() -> None:
    log = [line(micros, tid) for micros in range(50) for tid in (7, 8)]
    sent = [*log[:40], *log[25:40], *log[40:]]
    assert b"".join(unrepeated(sent)) == b"".join(log)


@pytest.mark.parametrize("size", [1, 10, 1_000])
def test_pieces_may_cut_a_line_anywhere(size: int) -> None:
    text = b"".join([line(1), line(2), line(1), line(2), line(3)])
    pieces = [text[begin : begin + size] for begin in range(0, len(text), size)]
    assert b"".join(unrepeated(pieces)) == line(1) + line(2) + line(3)


def test_a_clock_that_was_set_back_loses_no_line() -> None:
    log = [line(500, said="a"), line(100, said="b"), line(101, said="c")]
    assert b"".join(unrepeated(log)) == b"".join(log)


def test_what_is_no_line_of_the_log_stays_however_often_it_comes() -> None:
    crash = b"Caught Segmentation fault\n"
    assert b"".join(unrepeated([crash, crash, b"no line end"])) == crash + crash + b"no line end"
