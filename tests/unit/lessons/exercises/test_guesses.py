"""A wrong guess is answered: a usual one by its own sentence, and a near one is called near."""

from __future__ import annotations

import pytest

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.exercises.guesses.guess import (
    Judgement,
    expect_kind,
    judged,
    usual_guesses,
)
from lab_helpers.lessons.exercises.predictions import compare, predict
from lab_helpers.lessons.exercises.shelf import predictions

# What the lessons show, as they stand.
SEEN = {
    "01-threads": 4,
    "01-connections": 1,
    "01-order": False,
    "02-contexts": 3,
    "02-down": True,
    "03-times": 11,
    "03-body": True,
    "03-malloc": False,
    "03-main": False,
    "04-early": False,
    "04-typo": False,
    "05-calls": 4,
    "05-vms": 5,
    "05-tokens": False,
    "06-waiting": 2,
    "06-cut": False,
}
NUMBERS = (-1, 0, 0.5, *range(1, 31), 64, 100, 1000)


def test_every_prediction_knows_what_many_guess_and_what_it_asks_for() -> None:
    assert set(predictions()) == set(usual_guesses()) == set(SEEN)
    for name, answer in SEEN.items():
        expect_kind(name, answer)
        for other in ("4", 1 if isinstance(answer, bool) else True):
            with pytest.raises(ConfigurationError):
                expect_kind(name, other)


@pytest.mark.parametrize("guess", [4, 0.5, True, "worker_0"])
def test_a_prediction_of_somebodys_own_lesson_may_ask_for_anything(guess: object) -> None:
    expect_kind("09-own", guess)
    for nothing in (None, [guess], {guess}, "", " "):
        with pytest.raises(ConfigurationError, match="09-own"):
            expect_kind("09-own", nothing)


@pytest.mark.parametrize(("name", "answer"), SEEN.items())
def test_of_the_usual_guesses_each_is_met_and_none_is_right(name: str, answer: float) -> None:
    usual = usual_guesses()[name]
    assert not any(each.fits(answer, answer) for each in usual)
    wrong = [not answer] if isinstance(answer, bool) else [n for n in NUMBERS if n != answer]
    told = {judged(name, guess, answer).told for guess in wrong} - {""}
    assert len(told) >= (1 if isinstance(answer, bool) else 3)
    # The others are of a lesson that somebody changed: there the answer is another one.
    elsewhere = [not answer] if isinstance(answer, bool) else [answer + 1, 2 * answer]
    told |= {judged(name, answer, other).told for other in elsewhere}
    assert told >= {each.told for each in usual}


@pytest.mark.parametrize(
    ("name", "guess", "answer", "told"),
    [
        ("05-calls", 3, 4, "Those are the workers."),
        ("05-calls", 5, 6, "Those are the workers."),  # where somebody starts five
        ("05-calls", 1, 4, "as many timers as threads"),
        ("05-vms", 4, 5, "the VMs that tick"),
        ("05-vms", 6, 5, "So many were made."),
        ("05-tokens", True, False, "each VM asks for its own"),
        ("02-contexts", 1, 3, "one `pluginContext`"),
        ("02-contexts", 6, 3, "meets the same `httpContext`"),
        ("01-connections", 5, 1, "one for each request"),
        ("01-order", True, False, "the first one does"),
        ("03-times", 2, 11, "its runtime"),
        ("03-times", 0.5, 11, "the other way round"),
        ("03-main", True, False, "here nobody does"),
        ("03-main", False, True, "has been mended since"),
        ("04-early", True, False, "never waits for the timer"),
    ],
)
@pytest.mark.usefixtures("work")
def test_what_many_guess_is_answered(name: str, guess: object, answer: object, told: str) -> None:
    predict(name, guess)
    said = compare(name, answer).text
    assert f"You guessed {guess}; it is {answer}." in said
    assert told in said


@pytest.mark.parametrize(("guess", "answer"), [(10, 11), (12, 11)])
@pytest.mark.usefixtures("work")
def test_a_near_miss_is_called_one(guess: object, answer: object) -> None:
    predict("03-times", guess)
    assert compare("03-times", answer).text == (
        f"≈ You guessed {guess}; it is {answer}. That is near."
    )


@pytest.mark.parametrize(
    ("guess", "answer"), [(0, 1), (2, 1), (5, 11), (40, 11), (True, False), ("a", "b"), (1, 0)]
)
def test_what_is_far_is_not_called_near(guess: object, answer: object) -> None:
    judgement = judged("99-any", guess, answer)
    assert judgement == Judgement(right=False)


@pytest.mark.parametrize(
    ("guess", "answer"),
    [("4", 4), ("about 4", 4), (" Worker_0 ", "worker_0"), ("no", False), ("true", True)],
)
def test_a_text_that_was_kept_before_kinds_were_asked_for_is_read(
    guess: object, answer: object
) -> None:
    assert judged("05-calls", guess, answer).right


@pytest.mark.parametrize(
    ("guess", "answer", "told"),
    [
        ("four", 4, "write one alone, in digits"),
        ("3 or 4", 4, "write one alone, in digits"),
        ([3, 4], 4, "write one alone, in digits"),
        (True, 4, "write one alone, in digits"),
        (1, True, "write one of these"),
        ("maybe", False, "write one of these"),
    ],
)
def test_a_guess_of_another_kind_is_told_how_to_write_one(
    guess: object, answer: object, told: str
) -> None:
    assert told in judged("05-calls", guess, answer).told


@pytest.mark.usefixtures("work")
def test_without_a_guess_nothing_is_said_of_one() -> None:
    assert compare("05-calls", 4).text == "→ It is 4. You made no guess this time."
