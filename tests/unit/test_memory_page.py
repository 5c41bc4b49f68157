"""`docs/memory.md` says what is kept; the figures are the code's, and a flood keeps to them."""

# ruff: noqa: SLF001  # what the page is held against is nobody else's to use

from __future__ import annotations

import inspect
import time

import pytest

from lab_helpers import plain_text
from lab_helpers.board import board, panics, parsing, threads
from lab_helpers.board.board import Board
from lab_helpers.board.events import FilterSaid, Panicked, Ticked, VmFailed
from lab_helpers.board.panics import PanicPieces
from lab_helpers.board.parsing import parse_event
from lab_helpers.docker_engine import containers
from lab_helpers.envoy import connection, heard, log, log_queue, sending
from lab_helpers.folders import repository_folder
from lab_helpers.lessons.exercises import predictions
from lab_helpers.token_api import ASKED_KEPT

PAGE = (repository_folder() / "docs" / "memory.md").read_text(encoding="utf-8")
KIB, MIB = 1024, 1024 * 1024

KEPT = {
    "its last lines": f"{log._LINES_KEPT} lines, {log._BYTES_KEPT // MIB} MiB",
    "its first lines": f"{log._FIRST_BYTES_KEPT // KIB} KiB",
    "one line": f"{log._LONGEST_LINE // KIB} KiB",
    "drained and not read": f"{log_queue.MOST_BYTES // MIB} MiB",
    "what filters said": f"{board._LINES_KEPT} lines of {parsing._MOST_TEXT // KIB} KiB",
    "failures": f"{board._FAILING_KEPT} of {panics._CHARACTERS_MOST // KIB} KiB",
    "ticks of a thread": str(threads._TICKS_KEPT),
    "VMs, tokens": f"{board._VMS_KEPT}, {board._TOKENS_KEPT}",
    "what crossed": f"{heard._EVENTS_KEPT} events, {heard._CHARACTERS_KEPT // MIB} MiB of text",
    "a response's body": f"{connection.BODY_KEPT // MIB} MiB",
    "bytes that were sent": f"{sending._MOST_BYTES // MIB} MiB",
    "calls for a token": str(ASKED_KEPT),
    "a guess": f"{predictions._LONGEST} characters",
    "a page": f"{inspect.signature(plain_text.plain_text).parameters['most'].default} characters",
    "on disk": f"{containers._LOG_MOST.removesuffix('m')} MiB",
}


@pytest.mark.parametrize(("what", "most"), KEPT.items(), ids=list(KEPT))
def test_the_page_says_what_the_code_keeps(what: str, most: str) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith("|") and what in line]
    assert most in row


def test_a_filter_that_names_ever_new_vms_does_not_fill_the_board() -> None:
    kept = Board()
    for number in range(board._VMS_KEPT + 1_000):
        kept.apply(Ticked(time.time(), 7, f"{number:06x}", 1))
    assert len(kept._heard) == board._VMS_KEPT
    assert kept.snapshot(time.time()).threads[0].vm == f"{board._VMS_KEPT + 999:06x}"


@pytest.mark.parametrize("name", ["vm", "token", "outcome"])
def test_a_name_of_a_megabyte_is_no_name(name: str) -> None:
    fields = {"vm": "3f2a91", "n": "1", "outcome": "ok", "status": "200", "token": "aaaaaaaa"}
    fields[name] = "x" * MIB
    pairs = " ".join(f"{key}={value}" for key, value in fields.items())
    line = f"2026-11-27T12:43:16.567101+00:00|7|info|wasm|wasm log f r v: event=fetch {pairs}"
    event = parse_event(line)
    assert isinstance(event, FilterSaid)
    assert len(event.text) < 2 * parsing._MOST_TEXT


def test_a_trace_of_many_long_pieces_is_cut() -> None:
    pieces = [FilterSaid(1.0, 7, "error", "x" * 16_000) for _ in range(3_000)]
    told = [Panicked(1.0, 7, ""), *pieces, VmFailed(1.0, 7, "proxy_on_tick", "why")]
    (panicked,) = [e for e in PanicPieces().joined(told) if isinstance(e, Panicked)]
    assert len(panicked.reason) + len(panicked.trace) <= panics._CHARACTERS_MOST
