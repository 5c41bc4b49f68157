"""Predict, then look: a guess is kept, and later stands beside what happened."""

from __future__ import annotations

import dataclasses
import difflib
import math

from lab_helpers.arguments import checked
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.exercises.guesses.guess import expect_kind, judged
from lab_helpers.lessons.exercises.journal import Guess, Record, read_record, update_record
from lab_helpers.lessons.exercises.shelf import predictions
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

    Raises:
        ConfigurationError: No lesson has such a prediction, or the guess is of another kind.
    """
    _expect_known(name)
    if guess is ...:
        return Note((("?", "No guess yet. Write one in place of `...` and run this cell again."),))
    expect_kind(name, guess)
    kept, plain = read_record().predictions.get(name), _plain(guess)
    # The same guess again, as when all cells are run anew, is no new one: what it was about stays.
    if kept is None or kept.guess != plain:
        update_record(lambda record: _with(record, name, Guess(plain)))
    return Note((("·", f"You guess: {guess}. Go on and see."),))


@checked
def compare(name: str, answer: object) -> Note:
    """Put a prediction beside what happened.

    A guess is about what happens first. What happens later, once something was changed, is told
    beside it, and makes no guess right or wrong.

    Args:
        name: What was predicted.
        answer: What happened.

    Returns:
        Both, and a sentence where the guess is one that many make, to be shown.

    Raises:
        ConfigurationError: No lesson has such a prediction.
    """
    _expect_known(name)
    kept = read_record().predictions.get(name)
    if kept is None:
        return Note((("→", f"It is {answer}. You made no guess this time."),))
    is_first = kept.answer is None
    first = answer if is_first else kept.answer
    if is_first:
        update_record(lambda record: _with(record, name, Guess(kept.guess, _plain(answer))))
    changed = not is_first and first != _plain(answer)
    judgement = judged(name, kept.guess, first)
    if judgement.right:
        lines = [("✓", f"You guessed {kept.guess}, and so it {'was' if changed else 'is'}.")]
    else:
        said = f"You guessed {kept.guess}; it {'was' if changed else 'is'} {first}."
        lines = [("≈", f"{said} That is near.") if judgement.near else ("→", said)]
    if judgement.told:
        lines.append(("", judgement.told))
    if changed:
        lines.append(("·", f"Now it is {answer}: something has changed since."))
    return Note(lines)


def _expect_known(name: str) -> None:
    known = predictions()
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    raise ConfigurationError(
        f"No lesson has a prediction {name!r}.",
        hint=f'did you mean "{near[0]}"?' if near else f"one of: {', '.join(known)}",
    )


def _with(record: Record, name: str, guess: Guess) -> Record:
    return dataclasses.replace(record, predictions={**record.predictions, name: guess})


def _plain(value: object) -> object:
    """Return what JSON can hold; it knows no NaN and no infinity."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    # Of a text, what a guess may be: the file of progress is read and written at each check.
    return value if isinstance(value, bool | int | float) else str(value)[:_LONGEST]
