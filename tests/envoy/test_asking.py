"""Ask as a client does: method, headers, body; and what became of each request, in a word."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx
import pytest

from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import Outcome
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.configuration_files import find_configuration
from lab_helpers.envoy.connection import BODY_KEPT
from lab_helpers.errors import ConfigurationError, TrafficError
from lab_helpers.lessons.shown.envoy_tables import show_answer
from lab_helpers.token_api import Fault
from lab_helpers.tokens import shorten_token
from tests.moody import moody

Launch = Callable[..., Envoy]


@pytest.fixture(scope="module")
def filters(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return moody(tmp_path_factory.mktemp("moody"))


@pytest.fixture(scope="module")
def asked(filters: Module) -> Iterator[Envoy]:
    """One Envoy with the moody filter, for tests that leave it as they found it."""
    with Envoy(filters, workers=2) as running:
        yield running


def direct(*routes: str) -> Configuration:
    """The bare configuration, with routes that Envoy answers itself before the cluster's."""
    text = find_configuration("bare.yaml").read_text(encoding="utf-8")
    first = "                        - match: {prefix: /}"
    assert text.count(first) == 1
    added = "".join(f"                        - {route}\n" for route in routes)
    return Configuration.parse(text.replace(first, added + first))


def test_an_answer_reads_as_a_client_reads_it(asked: Envoy) -> None:
    answer = asked.ask("worker_1", "/twice?n=1")
    assert (answer.worker, answer.status, answer.outcome) == ("worker_1", 200, Outcome.ANSWERED)
    assert answer.text == "Hello from the upstream. You asked for /twice\n"
    assert answer.body == answer.text.encode()
    assert 0 < answer.seconds < 15
    assert answer.latency_ms == answer.seconds * 1000
    answer = asked.ask("worker_1", "/twice")
    assert answer.headers["X-Twice"] == answer.headers["x-twice"] == "one, two"
    assert answer.headers.get_list("x-twice") == ["one", "two"]
    assert asked.snapshot().thread("worker_1").last_response == answer.event


def test_method_headers_and_body_reach_the_filter(
    launch: Launch, configured: Callable[[str, str], Configuration], filters: Module
) -> None:
    policy = "                        failure_policy: FAIL_CLOSED"
    waiting = f"                        allow_on_headers_stop_iteration: true\n{policy}"
    envoy = launch(filters, workers=1, configuration=configured(policy, waiting))
    answer = envoy.ask(
        "worker_0",
        "/echo",
        method="post",
        headers=[("x-user", "ada"), ("X-User", "grace"), ("host", "lab.test"), ("x-l", "\xe9")],
        body="s\xf6me text",
    )
    *headers, body = answer.text.split("\n")
    assert body == "s\xf6me text"
    assert {":method=POST", ":authority=lab.test", "content-length=10"} <= set(headers)
    assert [h for h in headers if h.startswith("x-user=")] == ["x-user=ada", "x-user=grace"]
    assert answer.outcome is Outcome.ANSWERED_BY_ENVOY
    assert envoy.ask("worker_0", method="HEAD").body == b""


def test_every_worker_is_asked_alike(asked: Envoy) -> None:
    answers = asked.ask_every_worker("/refuse", method="PUT", headers={"x-a": "b"}, body=b"1234")
    assert [(a.worker, a.status, a.text) for a in answers] == [
        ("worker_0", 403, "no ticket\n"),
        ("worker_1", 403, "no ticket\n"),
    ]


@pytest.mark.parametrize(
    ("path", "status", "outcome"),
    [
        ("/", 200, Outcome.ANSWERED),
        ("/refuse", 403, Outcome.REFUSED),
        ("/refuse-late", 451, Outcome.REFUSED),
        ("/refuse-without-a-word", 503, Outcome.NOT_KNOWN),
    ],
)
def test_a_refused_request_has_its_word(
    asked: Envoy, path: str, status: int, outcome: Outcome
) -> None:
    answer = asked.ask("worker_0", path)
    assert (answer.status, answer.outcome) == (status, outcome)
    assert asked.snapshot().thread("worker_0").last_response == answer.event
    if outcome is Outcome.NOT_KNOWN:
        assert "tells of no VM that failed" in answer.why


def test_an_upstream_that_is_down_has_its_word(asked: Envoy) -> None:
    asked.token_api.fault = Fault.REFUSE
    try:
        down, unsaid = asked.ask("worker_0"), asked.ask("worker_0", method="HEAD")
    finally:
        asked.token_api.fault = Fault.NONE
    assert (down.status, down.outcome) == (503, Outcome.UPSTREAM_DOWN)
    assert "upstream connect error" in down.why
    assert (unsaid.status, unsaid.outcome) == (503, Outcome.NOT_KNOWN)
    assert "ask with GET" in unsaid.why
    asked.token_api.fault = Fault.ERROR
    try:
        failing = asked.ask("worker_0", "/auth")
    finally:
        asked.token_api.fault = Fault.NONE
    assert (failing.status, failing.outcome) == (500, Outcome.ANSWERED)


def test_an_upstream_that_is_slow_or_has_no_hosts(
    launch: Launch, configured: Callable[[str, str], Configuration], filters: Module
) -> None:
    route = "route: {cluster: my_custom_svc}"
    slow = launch(
        filters, configuration=configured(route, "route: {cluster: my_custom_svc, timeout: 0.2s}")
    )
    slow.token_api.fault = Fault.HANG
    answer = slow.ask("worker_0", "/auth")
    assert (answer.status, answer.outcome) == (504, Outcome.UPSTREAM_SLOW)
    none = direct().document
    cluster = none["static_resources"]["clusters"][0]
    del cluster["load_assignment"]["endpoints"]
    envoy = launch(None, configuration=Configuration(none, "no hosts"), workers=1)
    answer = envoy.ask("worker_0")
    assert (answer.status, answer.outcome) == (503, Outcome.UPSTREAM_DOWN)
    assert "no healthy upstream" in answer.why


def test_what_envoy_answers_by_itself_and_what_hides_it(launch: Launch) -> None:
    routes = (
        "{match: {path: /health}, direct_response: {status: 200}}",
        "{match: {path: /no}, direct_response: {status: 403}}",
    )
    envoy = launch(None, configuration=direct(*routes), workers=1)
    told = {path: envoy.ask("worker_0", path).outcome for path in ("/health", "/no", "/")}
    assert told == {
        "/health": Outcome.ANSWERED_BY_ENVOY,
        "/no": Outcome.REFUSED,
        "/": Outcome.ANSWERED,
    }
    text = direct(*routes).dump()
    router = "envoy.extensions.filters.http.router.v3.Router"
    at = next(line for line in text.splitlines() if router in line)
    indent = at[: len(at) - len(at.lstrip())]
    hiding = text.replace(at, f"{at}\n{indent}suppress_envoy_headers: true")
    envoy = launch(None, configuration=Configuration.parse(hiding), workers=1)
    for path in ("/health", "/"):
        answer = envoy.ask("worker_0", path)
        assert (answer.status, answer.outcome) == (200, Outcome.NOT_KNOWN)
        assert "suppress_envoy_headers" in answer.why


@pytest.mark.parametrize("where", ["request", "response"])
def test_a_vm_that_failed_has_its_word(launch: Launch, filters: Module, where: str) -> None:
    envoy = launch(filters, workers=1)
    for answer in (envoy.ask("worker_0", f"/panic-at-{where}"), envoy.ask("worker_0")):
        assert (answer.status, answer.outcome) == (503, Outcome.VM_FAILED)
        assert f"proxy_on_{where}_headers" in answer.why
    table = show_answer(answer)
    assert "\nVM failed: This worker's VM has failed." in table.title
    response = envoy.snapshot().thread("worker_0").last_response
    assert response is not None
    assert response.outcome == "VM failed"


def test_a_vm_that_failed_within_the_body_cuts_it_and_is_not_asked_twice(
    launch: Launch, filters: Module
) -> None:
    envoy = launch(filters, workers=1, failure_policy="FAIL_OPEN")
    answer = envoy.ask("worker_0", "/panic-at-body")
    assert (answer.status, answer.outcome, answer.broken) == (200, Outcome.VM_FAILED, True)
    assert re.fullmatch(r"the connection was closed after 0 of \d+ bytes", answer.cut)
    assert answer.cut in repr(answer)
    assert envoy.stats("downstream_rq_total")["http.ingress.downstream_rq_total"] == 1
    after = envoy.ask("worker_0")
    assert (after.status, after.outcome) == (200, Outcome.ANSWERED)
    assert "went on without the filter" in after.why


def test_a_long_body_is_cut_at_its_bound_and_says_so(launch: Launch) -> None:
    bodies = {BODY_KEPT: "", BODY_KEPT + 1: f"the first 1,048,576 of {BODY_KEPT + 1:,} bytes"}
    config = direct()
    manager = config.document["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]
    routes = manager["typed_config"]["route_config"]
    routes["max_direct_response_body_size_bytes"] = 2 * BODY_KEPT
    routes["virtual_hosts"][0]["routes"] = [
        {
            "match": {"path": f"/{size}"},
            "direct_response": {"status": 200, "body": {"inline_string": "x" * size}},
        }
        for size in bodies
    ]
    envoy = launch(None, configuration=config, workers=1)
    for size, cut in bodies.items():
        # A connection that was given up is replaced, also while Envoy is still closing it: in some
        # of a hundred rounds the two meet.
        for _ in range(100 if cut else 1):
            answer = envoy.ask("worker_0", f"/{size}")
            assert (len(answer.body), answer.cut, answer.broken) == (BODY_KEPT, cut, False)


def test_a_filter_may_answer_before_it_has_the_whole_body(asked: Envoy) -> None:
    for body in (b"x" * 100, b"x" * 5_000_000):
        answer = asked.ask("worker_0", "/refuse", method="POST", body=body)
        assert (answer.status, answer.text) == (403, "no ticket\n")
        # An upstream's answer that comes so early carries no mark either.
        assert answer.outcome is Outcome.NOT_KNOWN
        assert "before the whole body was sent" in answer.why


def test_no_repr_and_no_table_shows_a_whole_token(asked: Envoy) -> None:
    answers = asked.ask_every_worker("/token")
    token = answers[0].headers["x-auth"]
    board = asked.snapshot()
    shown = (answers[0], answers, answers[0].headers, answers[0].event, board, board.workers)
    for value in shown:
        for text in (repr(value), str(value), f"{value}"):
            assert token not in text
            assert token.rpartition(".")[2] not in text
    assert shorten_token(token) in repr(answers[0])
    assert token not in show_answer(answers[0]).text
    assert repr(answers[0]).startswith("<Answer worker_0: 200 in ")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "GET /x"}, "is no method"),
        ({"method": ""}, "is no method"),
        ({"method": 3}, r"method is 3 \(int\)"),
        ({"method": "connect"}, "asks for a tunnel"),
        ({"headers": {"x-a": "b\r\nx-c: d"}}, "cannot be sent in a header"),
        ({"headers": {"x-a": " b"}}, "cannot be sent in a header"),
        ({"headers": {"x-a": "€"}}, "cannot be sent in a header"),
        ({"headers": {"x a": "b"}}, "is no name of a header"),
        ({"headers": {"": "b"}}, "is no name of a header"),
        ({"headers": {":path": "/x"}}, "is no header that HTTP/1.1 sends"),
        ({"headers": {"content-length": "3"}}, "counted from the body"),
        ({"headers": {"x-a": 3}}, "headers is {'x-a': 3}"),
        ({"headers": "x-a: b"}, "headers is 'x-a: b'"),
        ({"headers": ["x-a"]}, r"headers is \['x-a'\]"),
        ({"headers": 3}, "headers is 3"),
        ({"body": {"a": 1}}, r"body is {'a': 1} \(dict\)"),
        ({"body": 3}, "body is 3"),
        ({"path": 3}, "path is 3"),
        ({"path": "hello"}, "is no path"),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_is_sent(
    asked: Envoy, options: dict[str, Any], said: str
) -> None:
    name = "http.ingress.downstream_rq_total"
    before = asked.stats(name)[name]
    for ask in (partial(asked.ask, "worker_0"), asked.ask_every_worker):
        with pytest.raises((TrafficError, ConfigurationError), match=said) as caught:
            ask(**options)
        assert caught.value.hint
    assert asked.stats(name)[name] == before


def test_a_token_that_cannot_be_sent_is_not_quoted_whole(asked: Envoy) -> None:
    token = "Bearer " + "abcdefghij" * 5 + "\n"
    with pytest.raises(TrafficError) as caught:
        asked.ask("worker_0", headers={"authorization": token})
    assert token.strip() not in str(caught.value)


def test_headers_of_an_answer_can_be_sent_on(asked: Envoy) -> None:
    given = httpx.Headers([("x-a", "1"), ("x-a", "2")])
    assert asked.ask("worker_0", headers=given).status == 200
