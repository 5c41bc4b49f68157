"""Lesson 01, Meet Envoy: threads, connections, the order of routes."""

from __future__ import annotations

from lab_helpers.lessons.exercises.guesses.guess import Usual, usual

_REQUESTS = 5  # as many as the lesson sends

usual(
    "01-threads",
    float,
    Usual(
        lambda guess, answer: guess == answer - 1,
        "Those are the workers alone. The main thread is there as well; it serves no clients.",
    ),
    Usual(
        lambda guess, answer: guess == 1 != answer,
        "Envoy is one process, but several threads run inside it at the same time.",
    ),
    Usual(
        lambda guess, answer: guess > answer,
        "The system does show some more, for the log and for watchdogs. They never touch a"
        " request, so the lab does not count them.",
    ),
)

usual(
    "01-connections",
    float,
    Usual(
        lambda guess, answer: guess in (_REQUESTS, _REQUESTS + 1) and guess != answer,
        "That would be one for each request. A connection stays open, and the next request goes"
        " over it.",
    ),
    Usual(
        lambda guess, answer: guess == answer + 1,
        "The connection of the request before belongs to `worker_0`, and stays there.",
    ),
    Usual(
        lambda guess, answer: guess == 0 != answer,
        "Without a connection no request arrives. It is kept open after the answers, too.",
    ),
)

usual(
    "01-order",
    bool,
    Usual(
        lambda guess, answer: guess > answer,
        "The best match does not win, the first one does. `/` matches `/health` too, and it stands"
        " above.",
    ),
)
