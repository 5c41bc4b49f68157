"""No header shows a token whole, whatever its name."""

from __future__ import annotations

import pytest

from lab_helpers.board.events import RequestAnswered
from lab_helpers.errors import LabError
from lab_helpers.lessons.exercises.exercises import found
from lab_helpers.tokens import shorten_token, shown_header, without_tokens

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


JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJub2JvZHkifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"


@pytest.mark.parametrize(
    "text",
    [JWT, f"{{'worker_0': 'Bearer {JWT}'}}", f"[('x', '{JWT}'), ('y', '{JWT}')]", f"a={JWT}\nb"],
)
def test_no_token_of_a_text_is_whole(text: str) -> None:
    shown = without_tokens(text)
    assert JWT not in shown
    assert "c2lnbmF0dXJl" not in shown
    assert f"({len(JWT)} characters)" in shown


def test_what_is_no_token_stays() -> None:
    text = "eyJ, eyJhbGci, a.b.c, https://example.org/eyJ.x, 1.2.3"
    assert without_tokens(text) == text


def test_no_error_and_no_finding_holds_a_whole_token() -> None:
    error = LabError(f"It is {JWT!r}.", quote=f"authorization: Bearer {JWT}", hint=f"not {JWT}")
    assert JWT not in str(error)
    assert JWT not in "".join(error._render_traceback_())  # as IPython does
    assert JWT not in found(False, "it is a dictionary", f"It is {JWT!r}.").missing


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            r"\r\nauthorization: Basic dXNlcjpwYXNz\r\nCookie: a=b;c\r\nx: y",
            r"\r\nauthorization: Basic dXN… (18 characters)\r\nCookie: a=… (5 characters)\r\nx: y",
        ),
        ("'cookie', 'user=ada; key=secret'", "'cookie', 'user=ada; … (20 characters)'"),
        ("  'x-request-id', 'abc'", "  'x-request-id', 'abc'"),
        (r"a filter's own words: cookie: a=b", r"a filter's own words: cookie: a=b"),
    ],
)
def test_a_crash_report_of_envoys_keeps_no_secret(line: str, shown: str) -> None:
    assert without_tokens(line) == shown
