"""An answer that is to be a text, and is one in brackets."""

from __future__ import annotations

import pytest

from lab_helpers.lessons.checks.answers import is_a_text


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (["proxy_http_call"], "It is a list: leave the [ ] out."),
        ({"proxy_http_call"}, "It is a set: leave the { } out."),
        (("proxy_http_call",), "a comma behind the text: leave it out"),
        (["one", "two"], "in quotes"),
        ([1], "in quotes"),
        ([], "in quotes"),
        (3, "in quotes"),
        (None, "in quotes"),
    ],
)
def test_a_text_in_brackets_is_told_from_one_without_quotes(answer: object, missing: str) -> None:
    finding = is_a_text(answer, "Write the name in quotes.")
    assert not finding.ok
    assert missing in finding.missing


def test_a_text_is_one() -> None:
    assert is_a_text("proxy_http_call", "Write the name in quotes.").ok
