"""Lesson 05, Watch every worker tick: calls a period, VMs, tokens."""

from __future__ import annotations

from lab_helpers.lessons.exercises.guesses.guess import Usual, usual

usual(
    "05-calls",
    float,
    Usual(
        lambda guess, answer: guess == answer - 1,
        "Those are the workers. One thread more has a timer, though it serves nobody: main.",
    ),
    Usual(
        lambda guess, answer: guess == 1 != answer,
        "The code asks for one timer. But each thread runs that code for itself, so there are as"
        " many timers as threads.",
    ),
    Usual(
        lambda guess, answer: guess == answer + 1,
        "There is one VM more than timers, the base VM. But it never ticks, so it never calls.",
    ),
    Usual(
        lambda guess, answer: guess == 0 != answer,
        "A tick comes in each period, and each tick is a call: no request is needed for it.",
    ),
)

usual(
    "05-vms",
    float,
    Usual(
        lambda guess, answer: guess == answer - 1,
        "Those are the VMs that tick. There is one more, the base VM: the others are made from it.",
    ),
    Usual(
        lambda guess, answer: guess == answer - 2,
        "Those are the VMs of the workers. The main thread has one, and there is a base VM.",
    ),
    Usual(
        lambda guess, answer: guess == answer + 1,
        "So many were made. One of them only showed whether the module loads, and is gone.",
    ),
    Usual(
        lambda guess, answer: guess == 1 != answer,
        "A VM can do one thing at a time. With a single one, the workers would wait for it.",
    ),
)

usual(
    "05-tokens",
    bool,
    Usual(
        lambda guess, answer: guess > answer,
        "One service gives out the tokens, but each VM asks for its own, and keeps it for itself.",
    ),
    Usual(
        lambda guess, answer: guess < answer,
        "With a single worker there is one token. With two, there would be two.",
    ),
)
