"""Checks and hints: what holds, then the first thing that does not; hints come one at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_helpers.envoy import Envoy
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.checks import checking
from lab_helpers.lessons.checks.checking import all_exercises, check, hint
from lab_helpers.lessons.exercises import exercises, solutions
from lab_helpers.lessons.exercises.exercises import Findings, exercise, found
from lab_helpers.lessons.exercises.journal import read_record

NAME = "99-number"


@pytest.fixture(autouse=True)
def _number(work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exercise of this test's own: a number, even, and below 10."""
    monkeypatch.setattr(exercises, "_REGISTERED", dict(all_exercises()))
    (tmp_path / f"{NAME}.py").touch()
    monkeypatch.setattr(solutions, "_folder", lambda: tmp_path)

    @exercise(NAME, hints=("Think of `2`.", "It is 4."))
    def number(value: object) -> Findings:
        yield found(isinstance(value, int), "it is a number", f"It is {value!r}.")
        if value == 13:
            raise ConfigurationError("Envoy says no.", quote="its words", hint="another one")
        yield found(int(str(value)) % 2 == 0, "it is even")
        yield found(int(str(value)) < 10, "it is below 10", "Too large.")


def test_what_holds_is_named_and_the_exercise_is_done() -> None:
    result = check(NAME, 4)
    assert result.passed
    assert result.note.text == (
        "✓ it is a number\n✓ it is even\n✓ it is below 10\n✓ Exercise 99-number is done."
    )
    assert result._repr_mimebundle_() == result.note.bundle()


def test_whoever_is_done_is_told_why_it_is_so_and_nobody_else(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.py").write_text(
        "# why: Two are a pair,\n# why: and `4` are two.\n", "utf-8"
    )
    assert check(NAME, 4).note.text.endswith("is done.\n· Why so: Two are a pair, and `4` are two.")
    assert "pair" not in check(NAME, 3).note.text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("4", "✗ wanted: it is a number\nIt is '4'."),
        (3, "✓ it is a number\n✗ wanted: it is even"),
        (12, "✓ it is a number\n✓ it is even\n✗ wanted: it is below 10\nToo large."),
        (13, "✓ it is a number\n✗ Envoy says no.\n  | its words\nTry: another one"),
        (..., "✗ wanted: an answer in place of `...`"),
    ],
)
def test_the_first_thing_that_does_not_hold_ends_it(value: object, told: str) -> None:
    result = check(NAME, value)
    assert not result.passed
    assert result.note.text == (
        f'{told}\n→ Not yet. Change it and run both cells again, or `hint("99-number")`.'
    )


def test_a_check_that_is_given_something_else_says_what_it_wants() -> None:
    for evidence in ((), (1, 2)):
        with pytest.raises(ConfigurationError, match="99-number") as caught:
            check(NAME, *evidence)
        assert 'check("99-number", value)' in caught.value.hint
    assert read_record().attempt(NAME).tries == 0


@pytest.mark.parametrize(
    ("name", "evidence", "said"),
    [
        ("03-import", ("proxy_http_call", "token.wasm"), "the lesson's `module`"),
        ("05-tags", ({}, 3), "the lesson's `envoy`"),
        ("04-settings", ({}, ["envoy"]), "the lesson's `envoy`"),
    ],
)
def test_evidence_of_another_kind_is_said(
    name: str, evidence: tuple[object, ...], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        check(name, *evidence)
    assert "run the cell that makes" in caught.value.hint
    assert read_record().attempt(name).tries == 0


def test_an_envoy_that_never_ran_has_no_tags_to_know(tmp_path: Path) -> None:
    (tmp_path / "05-tags.py").touch()
    result = check("05-tags", {}, Envoy(configuration="bare.yaml"))
    assert not result.passed
    assert "This Envoy does not run." in result.note.text


def test_a_check_that_finds_nothing_is_not_passed() -> None:
    assert not exercises.Result(NAME, ()).passed


def test_tries_are_counted_and_the_first_success_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "now", lambda: "2026-01-01T00:00:00Z")
    check(NAME, 3)
    assert read_record().attempt(NAME).passed_at == ""
    check(NAME, 4)
    monkeypatch.setattr(checking, "now", lambda: "2027-01-01T00:00:00Z")
    check(NAME, 6)
    check(NAME, 3)
    attempt = read_record().attempt(NAME)
    assert (attempt.tries, attempt.passed_at) == (4, "2026-01-01T00:00:00Z")


def test_hints_come_one_at_a_time_and_end_with_where_the_solution_is() -> None:
    check(NAME, 4)
    first, second, last, again = (hint(NAME) for _ in range(4))
    right = "✓ The last check found nothing wrong.\n"
    assert first.text == f"{right}1. Think of `2`.\n→ Run it again for more."
    told = "That was the last hint. Run it again, and it names a solution."
    assert second.text == f"{right}1. Think of `2`.\n2. It is 4.\n→ {told}"
    assert last.text == again.text
    assert last.text.splitlines()[1:3] == ["1. Think of `2`.", "2. It is 4."]
    assert last.text.splitlines()[3].endswith("is in `notebooks/solutions/99-number.py`.")
    assert read_record().attempt(NAME).hints == 3


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (3, "✗ wanted: it is even\n· You gave: `3`"),
        (12, "✗ wanted: it is below 10\nToo large.\n· You gave: `12`"),
        ("12", "✗ wanted: it is a number\nIt is '12'.\n· You gave: `'12'`"),
        (13, "✗ Envoy says no.\n  | its words\nTry: another one\n· You gave: `13`"),
        (..., "✗ wanted: an answer in place of `...`"),
    ],
)
def test_a_hint_begins_with_what_the_last_check_found(value: object, told: str) -> None:
    check(NAME, 5)
    check(NAME, value)
    assert hint(NAME).text == f"{told}\n1. Think of `2`.\n→ Run it again for more."
    check(NAME, 4)
    assert hint(NAME).text.startswith("✓ The last check found nothing wrong.\n1. Think")


def test_a_hint_before_any_check_says_that_there_was_none() -> None:
    assert hint(NAME).text.startswith("· It was not checked yet. ")


def test_hints_and_tries_do_not_touch_each_other() -> None:
    check(NAME, 3)
    hint(NAME)
    check(NAME, 4)
    attempt = read_record().attempt(NAME)
    assert (attempt.tries, attempt.hints, bool(attempt.passed_at)) == (2, 1, True)


@pytest.mark.parametrize("call", [check, hint])
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("02-greting", 'did you mean "02-greeting"?'),
        ("6-whole", 'did you mean "06-whole"?'),
        ("", "one of: 01-counter, 01-route, 02-auth"),
    ],
)
def test_an_exercise_that_is_not_there_is_said_with_those_that_are(
    call: object, name: str, told: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"no exercise '{name}'") as caught:
        call(name)  # type: ignore[operator]
    assert told in caught.value.hint
    assert read_record().exercises == {}
