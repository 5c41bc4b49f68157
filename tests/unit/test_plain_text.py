"""A foreign text is shown as text: nothing in it acts."""

from __future__ import annotations

import pytest

from lab_helpers.plain_text import plain_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, as it is: é 漢 🎉 a\tb\nc", "plain, as it is: é 漢 🎉 a\tb\nc"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("over\rwritten\x08", r"over\rwritten\x08"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\u2028b\u2066c\ufeff", r"a\u2028b\u2066c\ufeff"),
        ("half \ud800", r"half \ud800"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("end \n\n", "end"),
        ("<b>$x$</b>", "<b>$x$</b>"),
    ],
)
def test_what_would_act_is_spelled_out(text: str, shown: str) -> None:
    assert plain_text(text) == shown
    assert plain_text(text).encode()  # and can be printed


def test_a_long_text_is_cut_and_says_so() -> None:
    assert plain_text("x" * 10, most=10) == "x" * 10
    assert plain_text("x" * 5_000, most=10) == "xxxxxxxxxx… (5,000 characters)"
