"""What there is to say of a guess: is it right, is it near, is it one that many make?

What a prediction asks for, a number or True or False, and its usual wrong guesses stand in a module
of this folder that has the lesson's number:

```python
usual(
    "05-calls",
    float,
    Usual(lambda guess, answer: guess == answer - 1, "Those are the workers. …"),
)
```

Each is told from what was guessed and from what really happened, never from a text. So it stays
true where a person changes the lesson: with five workers, the usual wrong guess is five.
"""

from __future__ import annotations

import dataclasses
import importlib
import math
import numbers
import pkgutil
import re
from collections.abc import Callable, Mapping

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.exercises import guesses

__all__ = ["Judgement", "Usual", "asks_for", "expect_kind", "judged", "usual", "usual_guesses"]

# A guess that is not off by more than this part of the answer is near: 10 is, for 11; and 3 for 4.
_NEAR = 0.25
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:\.\d+)?")
_WORDS = {"true": True, "yes": True, "false": False, "no": False}

Plain = bool | float | str
Fits = Callable[[float, float], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Usual:
    """A wrong guess that many make.

    Attributes:
        fits: Whether a guess is this one; is given the guess and what happened.
        told: What to say of it, in a sentence or three.
    """

    fits: Fits
    told: str


@dataclasses.dataclass(frozen=True, slots=True)
class Judgement:
    """What there is to say of a guess.

    Attributes:
        right: Whether it is what happened.
        near: Whether it is a number, not far from what happened.
        told: What may have led to it; "" where nothing is known of that.
    """

    right: bool
    near: bool = False
    told: str = ""


def usual(prediction: str, asks: type[bool | float], *those: Usual) -> None:
    """Say what a prediction asks for, and which wrong guesses many make.

    Args:
        prediction: Its name, such as `05-calls`.
        asks: `float` where it asks for a number, `bool` where for True or False.
        *those: The guesses; of several that fit, the first counts.
    """
    _ASKS[prediction] = asks
    _USUAL[prediction] = those


def usual_guesses() -> Mapping[str, tuple[Usual, ...]]:
    """Return the usual wrong guesses of every lesson, by the prediction's name."""
    for module in pkgutil.iter_modules(guesses.__path__):
        importlib.import_module(f"{guesses.__name__}.{module.name}")
    return dict(sorted(_USUAL.items()))


def asks_for(prediction: str) -> type[bool | float] | None:
    """Return what a prediction asks for; None for one that no module here knows.

    Args:
        prediction: Its name, such as `05-calls`.
    """
    usual_guesses()
    return _ASKS.get(prediction)


def expect_kind(prediction: str, guess: object) -> None:
    """Make sure that a guess is of the kind that the prediction asks for.

    Args:
        prediction: What is guessed, such as `05-calls`. Of one that no module here knows, a number,
            True or False, and a text are fine.
        guess: The guess.

    Raises:
        ConfigurationError: It is of another kind.
    """
    asks = asks_for(prediction)
    truth = isinstance(guess, bool)
    number = isinstance(guess, numbers.Real) and not truth and math.isfinite(guess)
    text = isinstance(guess, str) and guess.strip() != ""
    if not {bool: truth, float: number, None: truth or number or text}[asks]:
        shown = repr(guess)
        shown = shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}…"
        raise ConfigurationError(
            f"The guess for {prediction} is {shown} ({type(guess).__name__}).",
            hint=_WANTED[asks],
        )


def judged(prediction: str, guess: object, answer: object) -> Judgement:
    """Hold a guess against what happened.

    Args:
        prediction: What was guessed, such as `05-calls`.
        guess: The guess, as a number, a word, True or False; or any of these as a text.
        answer: What happened.
    """
    told, true = _read(guess, answer), _read(answer, answer)
    if told is None or true is None:
        return Judgement(right=False, told=_how_to_write(answer))
    if told == true:
        return Judgement(right=True)
    if isinstance(told, str) or isinstance(true, str):
        return Judgement(right=False)
    known = usual_guesses().get(prediction, ())
    why = next((each.told for each in known if each.fits(told, true)), "")
    near = not isinstance(true, bool) and abs(told - true) <= _NEAR * abs(true)
    return Judgement(right=False, near=near, told=why)


def _read(value: object, answer: object) -> Plain | None:
    """Return a value as one of the answer's kind; None where it is none."""
    if isinstance(answer, bool):
        return value if isinstance(value, bool) else _WORDS.get(_plain(value))
    if isinstance(answer, int | float):
        return _number(value)
    return _plain(value)


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    # The one number in a text, `about 10`: of two, `3 or 4`, nobody knows which is meant.
    found = _NUMBER.findall(value) if isinstance(value, str) else []
    return float(found[0]) if len(found) == 1 else None


def _plain(value: object) -> str:
    return str(value).strip().casefold()


def _how_to_write(answer: object) -> str:
    if isinstance(answer, bool):
        return "It was a question of `True` or `False`: write one of these."
    return "It was a question of a number: write one alone, in digits."


_USUAL: dict[str, tuple[Usual, ...]] = {}
_ASKS: dict[str, type[bool | float]] = {}
_WANTED = {
    bool: "it asks for True or False: write one of these, with a capital letter, without quotes",
    float: "it asks for a number: write one alone, in digits, without quotes",
    None: "write a number in digits, a text in quotes, True or False",
}
_MOST_SHOWN = 120
