"""What is wrong with an answer that is to be a text, and is none."""

from __future__ import annotations

from lab_helpers.lessons.exercises.exercises import Finding, found

__all__ = ["is_a_text"]

_BRACKETS = {list: "a list: leave the [ ]", set: "a set: leave the { }"}


def is_a_text(answer: object, missing: str) -> Finding:
    """Look whether an answer is a text.

    Args:
        answer: The answer.
        missing: What to do where it is another thing than a text in brackets.
    """
    return found(isinstance(answer, str), "it is a text", _of_one_text(answer) or missing)


def _of_one_text(answer: object) -> str:
    """Return how a text stands alone that is the only one in brackets; "" for another thing."""
    if not isinstance(answer, list | tuple | set) or len(answer) != 1:
        return ""
    if not isinstance(next(iter(answer)), str):
        return ""
    if isinstance(answer, tuple):
        return "It is a tuple, for there is a comma behind the text: leave it out, and any ( )."
    return f"It is {_BRACKETS[set if isinstance(answer, set) else list]} out."
