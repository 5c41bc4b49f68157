"""What became of a request, judged by an answer alone; `tests/envoy` provokes each in Envoy."""

from __future__ import annotations

import pytest

from lab_helpers.envoy.answer_headers import AnswerHeaders
from lab_helpers.envoy.answers import UPSTREAM_MARK, Answer, Outcome
from lab_helpers.envoy.outcomes import hides_upstream, judge, may_be_a_failed_vm

MARK = (UPSTREAM_MARK, "3")
DOWN = b"upstream connect error or disconnect/reset before headers. reset reason: overflow"
FAILURE = "proxy_on_tick: Uncaught RuntimeError: unreachable\nbacktrace"


def answer(status: int, *headers: tuple[str, str], body: bytes = b"", **more: object) -> Answer:
    return Answer("worker_0", status, AnswerHeaders(headers), body, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("got", "known", "outcome"),
    [
        (answer(200, MARK), {}, Outcome.ANSWERED),
        (answer(503, MARK), {}, Outcome.ANSWERED),
        (answer(503, MARK, body=DOWN), {}, Outcome.ANSWERED),
        (answer(503, body=DOWN), {}, Outcome.UPSTREAM_DOWN),
        (answer(502, body=DOWN), {"hidden": True}, Outcome.UPSTREAM_DOWN),
        (answer(503, body=b"no healthy upstream"), {}, Outcome.UPSTREAM_DOWN),
        (answer(504, body=b"upstream request timeout"), {}, Outcome.UPSTREAM_SLOW),
        (answer(503), {"failure": FAILURE}, Outcome.VM_FAILED),
        (answer(503), {}, Outcome.NOT_KNOWN),
        (answer(503), {"has_filter": False}, Outcome.NOT_KNOWN),
        (answer(200, MARK, broken=True), {"failure": FAILURE}, Outcome.VM_FAILED),
        (answer(200, MARK, broken=True), {}, Outcome.NOT_KNOWN),
        (answer(403, body=b"no"), {}, Outcome.REFUSED),
        (answer(403, body=b"no"), {"failure": FAILURE}, Outcome.REFUSED),
        (answer(403, body=b"no"), {"hidden": True}, Outcome.NOT_KNOWN),
        (answer(403, body=b"no"), {"early": True}, Outcome.NOT_KNOWN),
        (answer(200), {}, Outcome.ANSWERED_BY_ENVOY),
        (answer(503, ("content-length", "98"), method="HEAD"), {}, Outcome.NOT_KNOWN),
    ],
)
def test_each_has_its_word(got: Answer, known: dict[str, object], outcome: Outcome) -> None:
    judged, why = judge(got, **known)  # type: ignore[arg-type]
    assert judged is outcome
    assert why.endswith(".") or why.startswith("Envoy says: ")
    assert "\n" not in why


def test_an_upstreams_503_is_no_failed_vm() -> None:
    assert not may_be_a_failed_vm(answer(503, MARK))
    assert may_be_a_failed_vm(answer(503, ("content-length", "0")))


def test_a_hidden_mark_is_found_wherever_it_stands() -> None:
    assert hides_upstream({"a": [{"b": {"suppress_envoy_headers": True}}]})
    assert not hides_upstream({"a": [{"b": {"suppress_envoy_headers": False}}, "suppress"]})


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=latin-1", b"\xe9", "é"),
        ("text/plain", "é".encode(), "é"),
        ("", b"\xff", "\ufffd"),
        ("text/plain; charset=nonsense", b"a", "a"),
    ],
)
def test_a_body_is_read_in_its_charset(content_type: str, body: bytes, text: str) -> None:
    assert answer(200, ("content-type", content_type), body=body).text == text


def test_headers_stay_as_they_came() -> None:
    headers = AnswerHeaders([("X-A", "1"), ("x-a", "2"), ("x-raw", "\xe9")])
    assert (headers["x-A"], headers.get_list("x-a"), headers["X-RAW"]) == ("1, 2", ["1", "2"], "é")
    assert dict(headers) == {"x-a": "1, 2", "x-raw": "é"}
    for change in (
        lambda: headers.__setitem__("x-a", "3"),
        lambda: headers.__delitem__("x-a"),
        lambda: headers.update({"x-b": "3"}),
        lambda: headers.pop("x-a"),
        headers.clear,
    ):
        with pytest.raises(TypeError, match="stay as they came"):
            change()
    assert headers.copy() == headers
    assert len({answer(200), answer(200, MARK), answer(404)}) == 3
