"""Lesson 01, Meet Envoy: a counter, and a route of the learner's own."""

from __future__ import annotations

from lab_helpers.envoy import Envoy
from lab_helpers.envoy.answers import UPSTREAM_MARK, Answer
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found
from lab_helpers.token_api import Fault

_FIRST = "first.yaml"
_OK = 200


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
    yield found(isinstance(name, str), "it is a text", "Write the name in quotes.")
    text = str(name).strip("` ")
    before = _value(envoy, text)
    yield found(before is not None, "Envoy has a counter of that name", f"There is no {text!r}.")
    sent = len(envoy.ask_every_worker()) + len(_failing(envoy))
    grown = (_value(envoy, text) or 0) - (before or 0)
    yield found(
        grown == sent,
        f"it counts each request once: {sent} more after {sent} requests",
        f"It grew by {grown}. Half of the requests were answered 200, and half 500.",
    )
    yield found(
        text.startswith("cluster.my_custom_svc."),
        "it counts what goes on to the cluster",
        "That one counts what comes in from the clients.",
    )


@exercise(
    "01-route",
    hints=(
        "A list in YAML: each item begins with `- `. Yours goes before the one that is there.",
        "The first route that matches is taken, and `/` matches every path. So order matters.",
        "`- match: {path: /health}`, and two spaces in, below: `direct_response: {status: 200}`",
    ),
)
def route() -> Findings:
    """Start an Envoy with the learner's configuration, and ask it."""
    envoy = Envoy(configuration=_FIRST, workers=1)
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
        "every other path still goes to the cluster",
        f"/hello was answered {other.status}, and by Envoy itself: keep the route that was there.",
    )
    yield found(
        UPSTREAM_MARK in longer.headers,
        "so does /healthy, which only begins like it",
        "Envoy answered it itself: `prefix` takes all that begins so, `path` takes one path alone.",
    )
    yield found(
        health.status == _OK,
        "/health is answered with status 200",
        f"It is answered with {health.status}.",
    )
    yield found(
        UPSTREAM_MARK not in health.headers,
        "Envoy itself answers /health",
        f"The upstream was asked: the response carries `{UPSTREAM_MARK}`. So your route was not"
        " taken: is it above the other one, and does its path begin with `/`?",
    )


def _failing(envoy: Envoy) -> tuple[Answer, ...]:
    """Send a request to each worker that the upstream answers with 500."""
    fault, envoy.token_api.fault = envoy.token_api.fault, Fault.ERROR
    try:
        return envoy.ask_every_worker("/auth")
    finally:
        envoy.token_api.fault = fault


def _value(envoy: Envoy, name: str) -> int | None:
    # The admin port takes a pattern; the very name is picked out here.
    return envoy.stats("").get(name)
