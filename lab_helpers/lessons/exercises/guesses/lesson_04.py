"""Lesson 04, Run it: the first token, and a setting that is misspelled."""

from __future__ import annotations

from lab_helpers.lessons.exercises.guesses.guess import Usual, usual

usual(
    "04-early",
    bool,
    Usual(
        lambda guess, answer: guess > answer,
        "A response never waits for the timer. It first fires one whole period after the start, and"
        " until then there is no token to send.",
    ),
    Usual(
        lambda guess, answer: guess < answer,
        "Usually you would be right. This request came so late that the first token was there.",
    ),
)

usual(
    "04-typo",
    bool,
    Usual(
        lambda guess, answer: guess > answer,
        "Many programs do ignore a setting that they do not know. It is the filter that reads its"
        " settings, and this one refuses.",
    ),
)
