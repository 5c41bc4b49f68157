"""An answer that is to be a text, and is none: what it is instead."""

from __future__ import annotations

import pytest

from lab_helpers.lessons.exercises.exercises import is_text


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        (["env.proxy_http_call"], "It is a list. Leave out the [ ]."),
        (("env.proxy_http_call",), "It is a tuple. Leave out the ( ) and the comma."),
        ({"env.proxy_http_call"}, "It is a set. Leave out the { }."),
        (b"env.proxy_http_call", "It is bytes. Leave out the b before the quotes."),
        (5, "Write the name in quotes."),
        ([], "Write the name in quotes."),
    ],
)
def test_what_is_no_text_is_called_what_it_is(answer: object, missing: str) -> None:
    found = is_text(answer)
    assert not found.ok
    assert found.missing == missing


def test_a_text_is_one() -> None:
    assert is_text("env.proxy_http_call").ok
