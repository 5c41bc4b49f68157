"""Lesson 06, Guard the door: requests that wait, and a body that is cut."""

from __future__ import annotations

from lab_helpers.lessons.exercises.guesses.guess import Usual, usual

usual(
    "06-waiting",
    float,
    Usual(
        lambda guess, answer: guess == answer - 1,
        "A reply alone ends no pause: the filter has to call `ResumeHttpRequest`, and this one does"
        " not yet.",
    ),
    Usual(
        lambda guess, answer: guess == 0 != answer,
        "The second has no reply at all yet. And the reply to the first is only logged.",
    ),
    Usual(
        lambda guess, answer: guess > answer,
        "Only the clients' requests wait. A callout is a request, too, but the filter's own.",
    ),
)

usual(
    "06-cut",
    bool,
    Usual(
        lambda guess, answer: guess > answer,
        "The filter did replace the whole body. But `content-length` had gone on with the old"
        " number, and a client reads no further.",
    ),
)
