"""No header shows a token whole, whatever its name."""

from __future__ import annotations

import pytest

from lab_helpers.board.events import RequestAnswered
from lab_helpers.board.tokens import shorten_token, shown_header

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ2bS0zZjJhIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-Auth", "short secret"),
        ("authorization", "Basic YTpi"),
        ("set-cookie", "session=1234"),
        ("x-own-name", f"Bearer {JWT}"),
        ("x-own-name", JWT),
        ("x-own-name", "bearer abc"),
    ],
)
def test_a_token_is_shortened(name: str, value: str) -> None:
    assert shown_header(name, value) == shorten_token(value)
    assert value not in shown_header(name, value)


def test_what_is_none_is_shown_as_it_is_but_not_endless() -> None:
    assert shown_header("x-wasm-filter", "hello from wasm") == "hello from wasm"
    assert shown_header("x-auth", "") == ""
    assert shown_header("x-long", "x" * 300) == f"{'x' * 200}… (300 characters)"


def test_the_repr_of_an_answered_request_holds_no_header() -> None:
    assert JWT not in repr(RequestAnswered(1.0, "worker_0", 200, (("x-auth", JWT),), 1.0))
