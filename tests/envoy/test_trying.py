"""Trying a filter in Envoy: a failure is said, wherever it comes from, with its words and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.envoy import connection
from lab_helpers.errors import ConfigurationError, FilterError
from lab_helpers.lessons.exercises.trying import Trial, try_in_envoy
from tests.failing import failing, line_of

# Where it fails, what asks for it, and what the client gets.
FAILURES = {
    "request": ("OnHttpRequestHeaders", "panic: at the request, on purpose", 503),
    "request body": ("OnHttpRequestBody", "panic: at the request's body, on purpose", 503),
    "response": ("OnHttpResponseHeaders", "panic: at the response, on purpose", 503),
    "response body": ("OnHttpResponseBody", "panic: at the response's body, on purpose", 200),
    "done": ("OnHttpStreamDone", "panic: when all is done, on purpose", 200),
    "tick": ("OnTick", "panic: runtime error: index out of range", 200),
    "reply": ("DispatchHttpCall's callback", "panic: in the reply, on purpose", 200),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return failing(tmp_path_factory.mktemp("failing"))


def tried(folder: Path, what: str, **more: object) -> Trial:
    return try_in_envoy(str(folder), {"do": what}, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("place", FAILURES)
@pytest.mark.usefixtures("work")
def test_a_vm_that_fails_is_told_with_its_words_and_its_line(folder: Path, place: str) -> None:
    callback, words, status = FAILURES[place]
    body = {"method": "POST", "body": "hello"} if place == "request body" else {}
    trial = tried(folder, place, **body)
    assert not trial.ok
    assert isinstance(trial.problem, FilterError)
    assert callback in trial.problem.what
    assert f"at {line_of(place)}." in trial.problem.what
    assert trial.problem.quote.startswith(words)
    assert f"// the line: {place}" in trial.problem.quote
    assert trial.problem.hint == f"look at {line_of(place)}, and run it again"
    # Ticks and replies fail on every thread, main among them, at any moment of the request.
    if place in ("tick", "reply"):
        assert "main" in trial.note.text
        assert "worker_0" in trial.note.text
    else:
        assert trial.headers[":status"] == str(status)


@pytest.mark.usefixtures("work")
def test_what_a_filter_does_on_purpose_is_no_failure(folder: Path) -> None:
    refused = tried(folder, "refuse")
    assert refused.ok
    assert "✓ Envoy runs it; a response has status 403" in refused.note.text
    assert tried(folder, "refuse", expect=403).ok
    other = tried(folder, "refuse", expect=200)
    assert isinstance(other.problem, FilterError)
    assert other.problem.what == "The request is answered with 403, and 200 was expected."


@pytest.mark.usefixtures("work")
def test_ticks_that_are_due_are_waited_for_and_others_are_said(folder: Path) -> None:
    soon = tried(folder, "ticks")
    assert soon.ok
    assert soon.seen[0].startswith("OnTick ran on each thread, every 200 ms; of ")
    assert tried(folder, "seldom").seen == ("OnTick comes every 60 s: that was not waited for.",)
    assert tried(folder, "nothing").seen == ()


@pytest.mark.usefixtures("work")
def test_a_request_that_is_held_for_ever_is_not_answered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_TIMEOUT_S", 2.0)  # a person waits 20 s
    trial = tried(folder, "hold")
    assert isinstance(trial.problem, FilterError)
    assert trial.problem.what == "The request was not answered."
    assert "did not answer within" in trial.problem.quote


@pytest.mark.usefixtures("work")
def test_a_status_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="expect is '403'") as caught:
        tried(folder, "nothing", expect="403")
    assert caught.value.hint == "expect is a whole number or None"
