"""Lesson 03, Compile it: two compilers, exports, and a filter of the article's time."""

from __future__ import annotations

from lab_helpers.lessons.exercises.guesses.guess import Usual, usual

usual(
    "03-times",
    float,
    Usual(
        lambda guess, answer: guess < 1 <= answer,
        "It is the other way round: TinyGo's module is the small one.",
    ),
    Usual(
        lambda guess, answer: guess == 1 != answer,
        "The code of the filter is the same. What differs is the runtime that each compiler adds"
        " to it, and standard Go's is large.",
    ),
    Usual(
        lambda guess, answer: guess < 0.75 * answer,
        "The filter itself is small. Most of standard Go's module is its runtime: the scheduler,"
        " the garbage collector, names for stack traces.",
    ),
    Usual(
        lambda guess, answer: guess > 1.25 * answer,
        "Not that much: standard Go leaves out what the filter never calls, and TinyGo adds a"
        " small runtime of its own.",
    ),
)

usual(
    "03-body",
    bool,
    Usual(
        lambda guess, answer: guess < answer,
        "The SDK makes the exports, not your code. It has one for every callback that there is.",
    ),
)

usual(
    "03-malloc",
    bool,
    Usual(
        lambda guess, answer: guess > answer,
        "TinyGo would export it. The lab's command has `-tags=custommalloc`, which takes it out;"
        " why, stands below.",
    ),
    Usual(
        lambda guess, answer: guess < answer,
        "This module was compiled without `-tags=custommalloc`, and then TinyGo exports it.",
    ),
)

usual(
    "03-main",
    bool,
    Usual(
        lambda guess, answer: guess > answer,
        "That it compiles says only that the Go is right. Whether anybody calls `main` is another"
        " question, and here nobody does.",
    ),
    Usual(
        lambda guess, answer: guess < answer,
        "As the lesson gives it, you would be right. The filter has been mended since.",
    ),
)
