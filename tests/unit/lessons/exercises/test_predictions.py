"""A guess is kept, and later stands beside what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab_helpers.lessons.exercises.journal import Guess, progress_file, read_record
from lab_helpers.lessons.exercises.predictions import compare, predict

pytestmark = pytest.mark.usefixtures("work")
NAME = "05-calls"


def test_no_guess_stops_nothing_and_keeps_nothing(work: Path) -> None:
    note = predict(NAME, ...)
    assert note.text.startswith("? No guess yet.")
    assert "`...`" in note.text
    assert not (work / "progress.json").exists()
    assert compare(NAME, 4).text == "→ It is 4. You made no guess this time."
    assert not (work / "progress.json").exists()


def test_a_guess_is_kept_and_does_not_tell_whether_it_is_right() -> None:
    assert predict(NAME, 3).text == predict(NAME, 3).text == "· You guess: 3. Go on and see."
    assert read_record().predictions == {NAME: Guess(3, None)}


def test_a_wrong_guess_stands_beside_what_happened() -> None:
    predict(NAME, 9)
    assert compare(NAME, 4).text == "→ You guessed 9; it is 4."
    assert read_record().predictions == {NAME: Guess(9, 4)}


def test_a_new_guess_begins_anew_and_another_prediction_stays() -> None:
    predict("05-vms", 5)
    predict(NAME, 3)
    compare(NAME, 4)
    predict(NAME, 4)
    assert read_record().predictions == {"05-vms": Guess(5, None), NAME: Guess(4, None)}


@pytest.mark.parametrize(
    ("guess", "answer"),
    [
        (4, 4),
        (4.0, 4),
        (True, True),
        ("worker_0", "worker_0"),
        (" Worker_0 ", "worker_0"),
        ("4", 4),
        ("true", True),
        ("False", False),
        ("no", False),
        ("about 4", 4),
        ("4 of them", 4),
    ],
)
def test_a_right_guess_is_right_however_it_is_written(guess: object, answer: object) -> None:
    predict(NAME, guess)
    assert compare(NAME, answer).text == f"✓ You guessed {guess}, and so it is."


@pytest.mark.parametrize(
    ("guess", "answer"), [(True, 1), (1, True), (0, False), ("four", 4), (3.9, 4), ("", 0)]
)
def test_what_is_only_alike_is_not_right(guess: object, answer: object) -> None:
    predict(NAME, guess)
    assert f"You guessed {guess}; it is {answer}." in compare(NAME, answer).text


@pytest.mark.parametrize("guess", [[3, 4], None, {1: 2}, float("nan"), float("inf"), 2 + 1j])
def test_whatever_is_guessed_the_file_stays_json(guess: object) -> None:
    predict(NAME, guess)
    compare(NAME, answer=guess)

    def refuse(constant: str) -> None:
        raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's

    kept = json.loads(progress_file().read_text("utf-8"), parse_constant=refuse)
    assert kept["predictions"][NAME] == {"guess": str(guess), "answer": str(guess)}
