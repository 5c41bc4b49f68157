"""Lesson 02, Write the filter: contexts, and a service that is down."""

from __future__ import annotations

from lab_helpers.lessons.exercises.guesses.guess import Usual, usual

_KINDS = 3  # of contexts: of the VM, the plugin and the request

usual(
    "02-contexts",
    float,
    Usual(
        lambda guess, answer: guess == 1 != answer,
        "There is one `pluginContext`, for the filter as a whole. A request gets an `httpContext`"
        " of its own.",
    ),
    Usual(
        lambda guess, answer: guess == 2 * answer,
        "Not two for each: the response of a request meets the same `httpContext` as the request.",
    ),
    Usual(
        lambda guess, answer: guess == _KINDS * answer,
        "Not one of each kind: the other two kinds are made at the start, and stay.",
    ),
    Usual(
        lambda guess, answer: guess == 0 != answer,
        "You never make one yourself, but Envoy does: it asks `NewHttpContext` for one each time.",
    ),
)

usual(
    "02-down",
    bool,
    Usual(
        lambda guess, answer: guess < answer,
        "No server answers, but Envoy does, in its place: with a 503. So a callback that came says"
        " nothing yet of success.",
    ),
)
