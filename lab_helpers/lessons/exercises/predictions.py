"""Predict, then look: a guess is kept, and later stands beside what happened."""

from __future__ import annotations

import dataclasses
import math

from lab_helpers.arguments import checked
from lab_helpers.lessons.exercises.guesses.guess import judged
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
        Both, and a sentence where the guess is one that many make, to be shown.
    """
    kept = read_record().predictions.get(name)
    if kept is None:
        return Note((("→", f"It is {answer}. You made no guess this time."),))
    update_record(lambda record: _with(record, name, Guess(kept.guess, _plain(answer))))
    judgement = judged(name, kept.guess, answer)
    if judgement.right:
        return Note((("✓", f"You guessed {kept.guess}, and so it is."),))
    said = f"You guessed {kept.guess}; it is {answer}."
    first = ("≈", f"{said} That is near.") if judgement.near else ("→", said)
    return Note((first, ("", judgement.told)) if judgement.told else (first,))


def _with(record: Record, name: str, guess: Guess) -> Record:
    return dataclasses.replace(record, predictions={**record.predictions, name: guess})


def _plain(value: object) -> object:
    """Return what JSON can hold; it knows no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    # Of a text, what a guess may be: the file of progress is read and written at each check.
    return value if isinstance(value, bool | int | float) else str(value)[:_LONGEST]
