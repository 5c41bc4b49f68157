"""A guess is kept, and later stands beside what happened."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab_helpers.errors import ConfigurationError
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


@pytest.mark.parametrize(("guess", "answer"), [(4, 4), (4.0, 4), (4, 4.0)])
def test_a_right_guess_is_right(guess: object, answer: object) -> None:
    predict(NAME, guess)
    assert compare(NAME, answer).text == f"✓ You guessed {guess}, and so it is."


@pytest.mark.parametrize(
    ("name", "guess"),
    [
        (NAME, "four"),
        (NAME, "4"),
        (NAME, [4]),
        (NAME, None),
        (NAME, True),
        (NAME, 4j),
        (NAME, float("nan")),
        (NAME, float("inf")),
        ("04-early", "yes"),
        ("04-early", "True"),
        ("04-early", 1),
        ("04-early", None),
        ("06-cut", 0.0),
    ],
)
def test_a_guess_of_another_kind_is_refused_at_once(work: Path, name: str, guess: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        predict(name, guess)
    assert f"The guess for {name} is {guess!r}" in caught.value.what
    wanted = "a number: write one alone, in digits" if name == NAME else "True or False"
    assert wanted in caught.value.hint
    assert not (work / "progress.json").exists()


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("01-thread", '"01-threads"'),
        ("1-threads", '"01-threads"'),
        ("05_calls", '"05-calls"'),
        ("04-Early", '"04-early"'),
        ("lesson", "one of: 01-threads, 01-connections"),
    ],
)
def test_a_name_that_no_lesson_has_is_refused(work: Path, name: str, near: str) -> None:
    for call in (predict, compare):
        for value in (4, ...):
            with pytest.raises(ConfigurationError, match=f"No lesson has .*{name}") as caught:
                call(name, value)
            assert near in caught.value.hint
    assert not (work / "progress.json").exists()


def test_a_guess_is_about_what_happens_first() -> None:
    predict("03-main", guess=True)
    wrong = compare("03-main", answer=False).text
    assert wrong.startswith("→ You guessed True; it is False.")
    later = compare("03-main", answer=True).text
    assert later.startswith("→ You guessed True; it was False.")
    assert "Now it is True: something has changed since." in later
    assert compare("03-main", answer=False).text == wrong
    assert read_record().predictions["03-main"] == Guess(guess=True, answer=False)


def test_the_same_guess_once_more_is_no_new_one_and_another_is() -> None:
    for _ in range(2):
        predict(NAME, 4)
        assert compare(NAME, 4).text == "✓ You guessed 4, and so it is."
    predict(NAME, 4)
    later = compare(NAME, 6).text
    assert later.startswith("✓ You guessed 4, and so it was.")
    assert "Now it is 6" in later
    predict(NAME, 6)
    assert compare(NAME, 6).text == "✓ You guessed 6, and so it is."


@pytest.mark.parametrize("answer", [[3, 4], {1: 2}, float("nan"), float("inf"), 2 + 1j])
def test_whatever_happened_the_file_stays_json(answer: object) -> None:
    predict(NAME, 3)
    compare(NAME, answer)

    def refuse(constant: str) -> None:
        raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's

    kept = json.loads(progress_file().read_text("utf-8"), parse_constant=refuse)
    assert kept["predictions"][NAME] == {"guess": 3, "answer": str(answer)}
