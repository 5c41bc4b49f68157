"""The parser: one line in, one event out, with lines as Envoy 1.40 writes them."""

from __future__ import annotations

import pytest

from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Event,
    FetchEnded,
    FilterSaid,
    Panicked,
    SettingsRefused,
    Ticked,
    VmFailed,
    VmStarted,
    WorkerStarted,
)
from lab_helpers.board.logfmt import parse_logfmt
from lab_helpers.board.parsing import parse_event, parse_line

STAMP = "2026-11-24T03:15:00.250000+02:00"
TIME = 1795482900.25
HEAD = f"{STAMP}|4242|info|wasm|wasm log token_filter token_vm: "


@pytest.mark.parametrize(
    ("text", "event"),
    [
        (
            "event=start vm=3f2a91 tick_ms=15000 cluster=c path=/auth",
            VmStarted(TIME, 4242, "3f2a91", 15000),
        ),
        ("event=tick vm=3f2a91 n=7", Ticked(TIME, 4242, "3f2a91", 7)),
        ("event=callout vm=3f2a91 n=7", CalloutSent(TIME, 4242, "3f2a91", 7)),
        (
            r"event=callout_refused vm=3f2a91 n=7 error=\"bad argument\"",
            CalloutRefused(TIME, 4242, "3f2a91", 7, "bad argument"),
        ),
        (
            "event=fetch vm=3f2a91 n=7 outcome=ok status=200 token=ab12cd34",
            FetchEnded(TIME, 4242, "3f2a91", 7, "ok", 200, "ab12cd34"),
        ),
        (
            "event=fetch vm=3f2a91 n=7 outcome=status status=503",
            FetchEnded(TIME, 4242, "3f2a91", 7, "status", 503, ""),
        ),
        (
            r"event=settings_refused vm=3f2a91 error=\"unknown setting \\\"tik_ms\\\"\"",
            SettingsRefused(TIME, 4242, "3f2a91", 'unknown setting "tik_ms"'),
        ),
        (
            "panic: runtime error: index out of range",
            Panicked(TIME, 4242, "runtime error: index out of range"),
        ),
        ("hello, world", FilterSaid(TIME, 4242, "info", "hello, world")),
        (
            "event=tick vm=3f2a91 n=many",
            FilterSaid(TIME, 4242, "info", "event=tick vm=3f2a91 n=many"),
        ),
        ("event=unheard_of n=1", FilterSaid(TIME, 4242, "info", "event=unheard_of n=1")),
    ],
)
def test_what_a_filter_logs_becomes_an_event(text: str, event: Event) -> None:
    assert parse_event(HEAD + text) == event


def test_a_line_logged_in_a_request_names_the_plugin_too() -> None:
    line = f"{STAMP}|7|warning|wasm|wasm log my_plugin root vm: hello"
    assert parse_event(line) == FilterSaid(TIME, 7, "warning", "hello")


def test_a_line_of_a_plugin_without_names_is_read() -> None:
    assert parse_event(f"{STAMP}|7|info|wasm|wasm log: hello") == FilterSaid(
        TIME, 7, "info", "hello"
    )


def test_a_trap_is_the_end_of_a_vm() -> None:
    line = (
        f"{STAMP}|7|error|wasm|Function: proxy_on_tick failed: Uncaught RuntimeError: unreachable"
        r"\nProxy-Wasm plugin in-VM backtrace:\n  0:  0x1b2f - runtime._panic"
    )
    event = parse_event(line)
    assert isinstance(event, VmFailed)
    assert event.function == "proxy_on_tick"
    assert event.reason.startswith("Uncaught RuntimeError: unreachable")


def test_a_worker_that_starts_says_so_at_debug() -> None:
    line = f"{STAMP}|9|debug|main|worker entering dispatch loop"
    assert parse_event(line) == WorkerStarted(TIME, 9)
    said = "a worker entering dispatch loop"
    assert parse_event(HEAD + said) == FilterSaid(TIME, 4242, "info", said)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no bars at all",
        f"{STAMP}|not a number|info|wasm|text",
        "yesterday|7|info|wasm|text",
        f"{STAMP}|7|info|upstream|wasm log a b: event=tick vm=x n=1",
        f"{STAMP}|7|info|main|all dependencies initialized. starting workers",
        "[2026-11-24 03:15:00.250][1][critical][backtrace] Caught Segmentation fault",
    ],
)
def test_any_other_line_is_no_event(line: str) -> None:
    assert parse_event(line) is None


def test_bars_and_newlines_in_a_message_stay() -> None:
    parsed = parse_line(rf"{STAMP}|7|info|wasm|a|b\nc \"d\"" + "\n")
    assert parsed is not None
    assert parsed.message == 'a|b\nc "d"'


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1", "1"),
        ("", ""),
        ('"two words"', "two words"),
        (r'"\x07"', "\x07"),
        (r'"\a\b\f\n\r\t\v"', "\a\b\f\n\r\t\v"),
        (r'"a\"b"', 'a"b'),
        (r'"a\\x41"', r"a\x41"),
        (r'"\u2028\U000e0001"', "\u2028\U000e0001"),
        ('"grüezi"', "grüezi"),
    ],
)
def test_logfmt_reads_what_go_quotes(written: str, value: str) -> None:
    assert parse_logfmt(f"a=1 b={written} c=2") == {"a": "1", "b": value, "c": "2"}


def test_a_filter_may_say_what_envoy_says_of_a_vm_that_failed() -> None:
    text = "retry: Function: fetch failed: timeout"
    assert parse_event(HEAD + text) == FilterSaid(TIME, 4242, "info", text)


@pytest.mark.parametrize("text", ["word", 'a="open', "a=1 word", "=1"])
def test_what_is_not_logfmt_is_none(text: str) -> None:
    assert parse_logfmt(text) is None


@pytest.mark.parametrize(
    ("outcome", "status", "ending"),
    [
        ("status", 503, "status 503"),
        ("status", 504, "status 504"),
        ("status", 0, "no status"),
        ("missing", 200, "missing"),
        ("ok", 200, "ok"),
    ],
)
def test_a_fetch_that_failed_by_its_status_is_told_by_its_number(
    outcome: str, status: int, ending: str
) -> None:
    assert FetchEnded(TIME, 4242, "3f2a91", 7, outcome, status, "").ending == ending


@pytest.mark.parametrize(
    ("level", "text", "event"),
    [
        (
            "critical",
            r"panicked at src/lib.rs:45:19:\non purpose",
            "on purpose, at src/lib.rs:45:19",
        ),
        ("critical", r"panicked at src/a b.rs:4:1:\nx", None),  # no place: told as it stands
        ("info", r"panicked at src/lib.rs:45:19:\non purpose", None),  # a filter's own line
        ("critical", "panicked", None),
    ],
)
def test_a_panic_of_rust_is_one_with_its_place(level: str, text: str, event: str | None) -> None:
    line = f"{STAMP}|4242|{level}|wasm|wasm log mine mine mine_vm: {text}"
    parsed = parse_event(line)
    if event is None:
        assert isinstance(parsed, FilterSaid)
    else:
        assert parsed == Panicked(TIME, 4242, event)


@pytest.mark.parametrize("space", [" ", "\t", "\x1c", "\x85", "\u00a0", "\u2003", "\n"])
@pytest.mark.parametrize("quoted", ["", ' z="q"'])
def test_pairs_are_read_alike_whether_or_not_one_is_quoted(space: str, quoted: str) -> None:
    """Lines without a quote are read the quick way."""
    more = {"z": "q"} if quoted else {}
    assert parse_logfmt(f"a=1{space}b=c=d{space}{space}e={quoted}") == {
        "a": "1",
        "b": "c=d",
        "e": "",
        **more,
    }
    assert parse_logfmt(f"a=1{space}a=2{quoted}") == {"a": "2", **more}
    for none in (f"{space}a=1", f"a=1{space}word", f"a=1{space}=2", f"{space}"):
        assert parse_logfmt(f"{none}{quoted}") is None
