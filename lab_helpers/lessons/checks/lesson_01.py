"""Lesson 01, Meet Envoy: a counter, and a route of the learner's own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import UPSTREAM_MARK, Answer
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.spelling import field
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.checks.answers import is_a_text
from lab_helpers.lessons.checks.configurations import own_configuration, routes_in
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found
from lab_helpers.token_api import Fault

_FIRST = "first.yaml"
_HEALTH = "/health"
_OK, _NOT_FOUND = 200, 404


@exercise(
    "01-counter",
    hints=(
        "Its name begins with `cluster.my_custom_svc.`: it counts what goes to the cluster.",
        "`rq` is Envoy's short for requests. Which of them is the total?",
        'The answer is `"cluster.my_custom_svc.upstream_rq_total"`.',
    ),
)
def counter(name: object, envoy: Envoy) -> Findings:
    """Send requests, and look whether the counter counted them."""
    yield is_a_text(name, "Write the name in quotes.")
    text = str(name).strip("` ")
    before = _value(envoy, text)
    yield found(
        before is not None, "Envoy has a counter of that name", _why_none(text, envoy.stats(""))
    )
    sent = len(envoy.ask_every_worker()) + len(_failing(envoy))
    grown = (_value(envoy, text) or 0) - (before or 0)
    yield found(
        grown == sent,
        f"it counts each request once: {sent} more after {sent} requests",
        f"It grew by {grown}. {_why_not_each(grown, sent)}",
    )
    yield found(
        text.startswith("cluster.my_custom_svc."),
        "it counts what goes on to the cluster",
        "That one counts what comes in from the clients.",
    )
    grown = _grown_by_a_refused_one(envoy, text)
    yield found(
        grown == 0,
        "it counts nothing that no server was there for",
        f"It grew by {grown} with a request that never went on: no server took it, so Envoy itself"
        " answered with 503. That one counts answers, whoever gives them.",
    )


@exercise(
    "01-route",
    hints=(
        "A list in YAML: each item begins with `- `. Yours goes before the one that is there.",
        "The first route that matches is taken, and `/` matches every path. So order matters.",
        "`- match: {path: /health}`, and two spaces in, below: `direct_response: {status: 200}`",
    ),
    quick=True,
)
def route() -> Findings:
    """Start an Envoy with the learner's configuration, and ask it."""
    configuration = own_configuration(_FIRST)
    envoy = Envoy(configuration=configuration, workers=1)
    try:
        envoy.validate()
    except ConfigurationError as error:
        yield found(ok=False, text="Envoy takes the configuration", missing=str(error))
    with envoy:
        health, other, longer = (
            envoy.ask("worker_0", path) for path in ("/health", "/hello", "/healthy")
        )
    yield found(
        UPSTREAM_MARK in other.headers,
        "another path, /hello, still goes to the cluster",
        f"/hello was answered {other.status}, and by Envoy itself: keep the route that was there,"
        " with `prefix: /`.",
    )
    yield found(
        UPSTREAM_MARK in longer.headers,
        "/healthy, which only begins with /health, still goes to the cluster",
        "No route takes it: keep the one that was there, with `prefix: /`."
        if longer.status == _NOT_FOUND
        else "Envoy answered it itself, by your route: `prefix` takes all that begins so, `path`"
        " takes one path alone.",
    )
    yield found(
        UPSTREAM_MARK not in health.headers,
        "Envoy itself answers /health",
        "The upstream was asked: the response carries"
        f" `{UPSTREAM_MARK}`. {_why_passed_on(configuration)}",
    )
    yield found(
        health.status == _OK,
        "/health is answered with status 200",
        f"It is answered with {health.status}.",
    )


def _why_none(text: str, known: Mapping[str, int]) -> str:
    """Return what may have been meant by a name that no counter has."""
    told = f"There is no {text!r}."
    if text.casefold() in {name.casefold() for name in known}:
        return f"{told} Their names are in small letters."
    if any(name.endswith(f".{text}") for name in known):
        return f"{told} A name is whole, as in the table: what is counted for stands first."
    if any(text.startswith(f"{name}:") for name in known):
        return f"{told} The number does not belong to the name."
    return f"{told} Take one from the table above, letter by letter."


def _why_not_each(grown: int, sent: int) -> str:
    if grown == 0:
        return "It counts something else than requests."
    if grown < sent:
        return "Half of the requests were answered 200, and half 500."
    return "It counts more than these requests."


def _why_passed_on(configuration: Configuration) -> str:
    """Return why the routes leave /health to the cluster."""
    routes = list(routes_in(configuration.document))
    paths = [(route.get("match") or {}).get("path") for route in routes]
    if _HEALTH not in paths:
        others = [f"`{path}`" for path in paths if path is not None]
        seen = f" There is one for {', '.join(others)}." if others else ""
        if _HEALTH.strip("/") in paths:
            seen += " In yours, does its path begin with `/`?"
        return f"No route has `path: {_HEALTH}`.{seen}"
    mine = paths.index(_HEALTH)
    if field(routes[mine], "direct_response") is None:
        return "Your route sends it on itself: `direct_response` lets Envoy answer."
    return "Your route stands below another that takes the path first: put it above."


def _failing(envoy: Envoy) -> tuple[Answer, ...]:
    """Send a request to each worker that the upstream answers with 500."""
    with _fault(envoy, Fault.ERROR):
        return envoy.ask_every_worker("/auth")


def _grown_by_a_refused_one(envoy: Envoy, name: str) -> int:
    """Return by how much a counter grows with a request that no server is there for."""
    with _fault(envoy, Fault.REFUSE):
        envoy.ask("worker_0", "/auth")  # after it, no connection of before is left to be tried
        before = _value(envoy, name) or 0
        envoy.ask("worker_0", "/auth")
        return (_value(envoy, name) or 0) - before


@contextlib.contextmanager
def _fault(envoy: Envoy, fault: Fault) -> Iterator[None]:
    before, envoy.token_api.fault = envoy.token_api.fault, fault
    try:
        yield
    finally:
        envoy.token_api.fault = before


def _value(envoy: Envoy, name: str) -> int | None:
    # The admin port takes a pattern; the very name is picked out here.
    return envoy.stats("").get(name)
