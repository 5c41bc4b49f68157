"""Predict, then look: a guess is kept, and later stands beside what happened."""

from __future__ import annotations

import dataclasses
import math

from lab_helpers.arguments import checked
from lab_helpers.lessons.exercises.journal import Guess, Record, read_record, update_record
from lab_helpers.lessons.shown.page import Note

__all__ = ["compare", "predict"]

_LONGEST = 500


@checked
def predict(name: str, guess: object) -> Note:
    """Keep a prediction.

    Args:
        name: What is predicted, such as `05-calls`.
        guess: Your guess, in place of `...`; a number, a word, True or False.

    Returns:
        The guess, to be shown.
    """
    if guess is ...:
        return Note((("?", "No guess yet. Write one in place of `...` and run this cell again."),))
    update_record(lambda record: _with(record, name, Guess(_plain(guess))))
    return Note((("·", f"You guess: {guess}. Go on and see."),))


@checked
def compare(name: str, answer: object) -> Note:
    """Put a prediction beside what happened.

    Args:
        name: What was predicted.
        answer: What happened.

    Returns:
        Both, to be shown.
    """
    kept = read_record().predictions.get(name)
    if kept is None:
        return Note((("→", f"It is {answer}. You made no guess this time."),))
    update_record(lambda record: _with(record, name, Guess(kept.guess, _plain(answer))))
    if _same(kept.guess, answer):
        return Note((("✓", f"You guessed {kept.guess}, and so it is."),))
    return Note((("→", f"You guessed {kept.guess}; it is {answer}."),))


def _with(record: Record, name: str, guess: Guess) -> Record:
    return dataclasses.replace(record, predictions={**record.predictions, name: guess})


def _plain(value: object) -> object:
    """Return what JSON can hold; it knows no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    # Of a text, what a guess may be: the file of progress is read and written at each check.
    return value if isinstance(value, bool | int | float) else str(value)[:_LONGEST]


def _same(guess: object, answer: object) -> bool:
    """Return whether a guess is right, also as a text; but True is not 1."""
    if _is_number(guess) and _is_number(answer):
        return guess == answer
    return str(guess).strip().casefold() == str(answer).strip().casefold()


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
