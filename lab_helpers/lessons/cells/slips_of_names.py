"""A name that Python does not know, and that is meant for something it knows by another name.

Python itself says "Did you mean …?", but IPython leaves that out. Each kernel of the lab's
environment loads this by itself, so it imports nothing that takes time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from lab_helpers.offers import offered

__all__ = ["advice_on_word", "near_name"]

_CAPITAL = ("True", "False", "None")
_NOTHING = ("null", "nil", "undefined")
_YES_OR_NO = ("yes", "no")
_NUMBERS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve"),
)
_PREDICTED = re.compile(r"\bpredict\(\s*['\"]([\w-]+)['\"]")
# `admin` is not meant for `min` (0.75).
_ALIKE = 0.8


def advice_on_word(name: str, source: str) -> str:
    """Return what a word is written as in Python; "" for a word that tells nothing.

    Args:
        name: The name that is not known.
        source: The cell.
    """
    word = name.lower()
    for known in _CAPITAL:
        if word == known.lower():
            return f"Python writes it with a capital letter: {known}"
    if word in _NOTHING:
        return "Python's word for it is None"
    if word in _NUMBERS:
        return f"Write the number in digits: {_NUMBERS.index(word)}"
    predicted = _PREDICTED.search(source)
    return _advice_on_a_guess(predicted[1]) if predicted and word in _YES_OR_NO else ""


def _advice_on_a_guess(prediction: str) -> str:
    """Return how a guess is written that was written as yes or no."""
    if offered("what a guess is of")(prediction) is float:
        return "It asks for a number: write one alone, in digits, without quotes"
    return "Where a guess is yes or no, write True or False, without quotes"


def near_name(name: str, known: Iterable[str]) -> str:
    """Return the name that one is a slip of the fingers for; "" for none.

    Args:
        name: The name that is not known.
        known: Those that are.
    """
    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=_ALIKE)), "")
