"""Check an exercise, or hint at what is missing: find its check, run it, note what came of it."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import importlib
import inspect
import pkgutil
import time
import typing
from collections.abc import Mapping

from lab_helpers.arguments import checked
from lab_helpers.errors import ConfigurationError, LabError
from lab_helpers.lessons import checks
from lab_helpers.lessons.checks.own_text import own_file, own_head, own_text, quoted
from lab_helpers.lessons.checks.written import (
    does_not_compile,
    failed_run,
    has_changed,
    is_new,
    looked_at,
    not_written,
    text_of_before,
    value_of_before,
)
from lab_helpers.lessons.exercises.exercises import (
    Exercise,
    Finding,
    Findings,
    Result,
    found,
    registered,
)
from lab_helpers.lessons.exercises.journal import Attempt, Record, now, read_record, update_record
from lab_helpers.lessons.exercises.solutions import solution_file, why_so
from lab_helpers.lessons.shown.links import link_to
from lab_helpers.lessons.shown.page import Note
from lab_helpers.tokens import without_tokens
from lab_helpers.waits import waiting

__all__ = ["all_exercises", "check", "check_as", "hint", "is_quick", "note_shown"]

# Of what did not hold, and of an answer: the file of progress is read and written at each check.
_LONGEST = 2000
_LONGEST_ANSWER = 200
_STALE = 'You have changed it since the last check. `check("{name}")` says what is wrong now.'


@checked
def check(name: str, *evidence: object) -> Result:
    """Check an exercise, and note it in your progress.

    Args:
        name: The exercise, such as `02-greeting`.
        *evidence: What the exercise asks for: a value, a running Envoy. A filter in `work/` is
            found without.

    Returns:
        What holds, and the first thing that does not, to be shown.

    Raises:
        ConfigurationError: There is no such exercise, or it looks at something else.
    """
    result = check_as(name, "", *evidence)
    # Asked for once more, it is shown in full.
    above = _SHOWN.pop(name, None)
    return dataclasses.replace(result, shown_above=above == result.findings)


def check_as(name: str, came: str, *evidence: object) -> Result:
    """Check an exercise, and note it.

    Args:
        name: The exercise, such as `02-greeting`.
        came: By what it comes, where nobody called `check`; "" else.
        *evidence: What the exercise asks for.

    Returns:
        What holds, and the first thing that does not, to be shown.

    Raises:
        ConfigurationError: There is no such exercise, or it looks at something else.
    """
    wanted = _exercise(name)
    _expect(wanted, evidence)
    began = time.monotonic()
    with waiting(f"Checking {name}", f"check {name}"):
        findings = tuple(_look(wanted, evidence))
    result = Result(name, findings, seconds=time.monotonic() - began, came=came)
    if result.passed:
        result = dataclasses.replace(result, why=why_so(name))
    answer = next((repr(value) for value in evidence[:1] if value is not ...), "")
    given = without_tokens(answer)[:_LONGEST_ANSWER]
    noted = functools.partial(_noted, result=result, given=given, is_new=is_new(name))
    looked_at(name)
    update_record(noted)
    return result


@checked
def hint(name: str) -> Note:
    """Show what a check finds wrong, and one more hint for an exercise each time.

    What has changed since the last check is checked anew where checks come by themselves, and where
    it does not compile.

    Args:
        name: The exercise, such as `02-greeting`.

    Returns:
        The finding with the line of yours that it is about, and the hints so far, to be shown.

    Raises:
        ConfigurationError: There is no such exercise.
    """
    exercise = _exercise(name)
    hints = _still_of_use(exercise)
    nothing = failed_run(name) or not_written(name) or text_of_before(name)
    stale = not nothing and _is_stale(exercise)
    before = read_record().attempt(name)
    told = min(before.hints + 1, len(hints) + 1)
    update_record(lambda record: _with(record, name, hints=told))
    if nothing:
        lines = [("✗", nothing)]
    else:
        lines = [("·", _STALE.format(name=name))] if stale else _found_last(name, before)
    lines += [(f"{number}.", text) for number, text in enumerate(hints[:told], start=1)]
    if told > len(hints):
        lines.append(("→", f"A solution is in `{_solution(name)}`."))
    elif told == len(hints):
        lines.append(("→", "That was the last hint. Run it again, and it names a solution."))
    else:
        lines.append(("→", "Run it again for more."))
    return Note(lines, _links(name))


def note_shown(result: Result) -> None:
    """Note that a result stands below its exercise's cell: who then asks for it knows it.

    Args:
        result: What was shown.
    """
    _SHOWN[result.name] = result.findings


def is_quick(exercise: Exercise) -> bool:
    """Return whether a check comes by itself, and needs nothing but the learner's file.

    Args:
        exercise: The exercise.
    """
    return exercise.quick and not inspect.signature(exercise.look).parameters


def all_exercises() -> Mapping[str, Exercise]:
    """Return every exercise that has a check, by name."""
    for module in pkgutil.iter_modules(checks.__path__):
        importlib.import_module(f"{checks.__name__}.{module.name}")
    return registered()


def _exercise(name: str) -> Exercise:
    known = all_exercises()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        meant = f'did you mean "{near[0]}"?' if near else f"one of: {', '.join(known)}"
        raise ConfigurationError(f"There is no exercise {name!r}.", hint=meant)
    return known[name]


def _solution(name: str) -> str:
    """Return where the solution is, as it is seen from the repository."""
    return f"notebooks/solutions/{solution_file(name).name}"


def _links(name: str) -> Mapping[str, str]:
    """Return the way to each file that a hint names."""
    own = own_file(name)
    files = {_solution(name): solution_file(name)}
    if own is not None and own.is_file():
        files[" ".join(own_head(name)[1:])] = own
    return {named: link for named, file in files.items() if (link := link_to(file))}


def _expect(wanted: Exercise, evidence: tuple[object, ...]) -> None:
    """Make sure that a check is given what it looks at: as many values, each of its kind."""
    signature = inspect.signature(wanted.look)
    try:
        signature.bind(*evidence)
    except TypeError as error:
        values = "".join(f", {name}" for name in signature.parameters)
        raise ConfigurationError(
            f"The check of {wanted.name} looks at something else.",
            quote=str(error),
            hint=f'write it as in the lesson: check("{wanted.name}"{values})',
        ) from error
    kinds = typing.get_type_hints(wanted.look)
    for parameter, value in zip(signature.parameters, evidence, strict=True):
        kind = kinds[parameter]
        if isinstance(kind, type) and value is not ... and not isinstance(value, kind):
            raise ConfigurationError(
                f"The check of {wanted.name} wants the lesson's `{parameter}`, and got {value!r}.",
                hint=f"run the cell that makes `{parameter}`, and give it to the check",
            )


def _look(wanted: Exercise, evidence: tuple[object, ...]) -> Findings:
    """Yield findings up to the first that does not hold; a `LabError` is one of these."""
    if told := not_written(wanted.name):
        yield found(ok=False, text="the exercise's cell has run", missing=told)
        return
    if told := text_of_before(wanted.name):
        yield found(ok=False, text="the exercise's cell is saved as it stands now", missing=told)
        return
    if told := value_of_before(wanted.name, evidence):
        yield found(ok=False, text="the exercise's cell runs to its end", missing=told)
        return
    if any(part is ... for part in evidence):
        yield found(ok=False, text="an answer in place of `...`")
        return
    try:
        for finding in wanted.look(*evidence):
            yield finding
            if not finding.ok:
                return
    except LabError as error:
        yield found(ok=False, text="", missing=str(error))


def _still_of_use(exercise: Exercise) -> tuple[str, ...]:
    """Return an exercise's hints, without those for what is written already."""
    text = own_text(exercise.name) if exercise.settled else None
    there = {line.strip() for _, line in text.lines} if text else set()
    return tuple(each for each in exercise.hints if exercise.settled.get(each) not in there)


def _is_stale(exercise: Exercise) -> bool:
    """Check anew what has changed, where that is to be done unasked.

    Returns:
        Whether the last check found what it found in another text.
    """
    changed = has_changed(exercise.name)
    if changed is False:
        return False
    if is_quick(exercise) or does_not_compile(exercise):
        check_as(exercise.name, "")
        return False
    return changed is True


def _found_last(name: str, attempt: Attempt) -> list[tuple[str, str]]:
    """Return what the last check found, and the learner's own lines that it is about."""
    if not attempt.tries:
        return [("·", "It was not checked yet. After a check, a hint begins with what was found.")]
    if not attempt.finding:
        return [("✓", "The last check found nothing wrong.")]
    # As the check shows it: what is wanted, and below it what is wrong.
    wanted, _, rest = attempt.finding.partition("\n")
    split = wanted.startswith("wanted: ") and rest
    lines = [("✗", wanted), ("", rest)] if split else [("✗", attempt.finding)]
    if text := own_text(name):
        said, own = quoted(text, attempt.finding)
        lines += [("·", f"{said}:\n{own}" if own else f"{said}.")] if said else []
    elif attempt.given:
        lines.append(("·", f"You gave: `{attempt.given}`"))
    return lines


# What was found, and shown below the exercise's cell; until somebody asks for it.
_SHOWN: dict[str, tuple[Finding, ...]] = {}


def _noted(record: Record, *, result: Result, given: str, is_new: bool) -> Record:
    before = record.attempt(result.name)
    passed_at = before.passed_at or (now() if result.passed else "")
    finding = "\n".join(result.missing)[:_LONGEST]
    # One that fails ends early: that the next one is as quick is not said by it.
    seconds = result.seconds if result.passed else max(result.seconds, before.seconds)
    return _with(
        record,
        result.name,
        tries=before.tries + 1 if is_new else max(before.tries, 1),
        passed_at=passed_at,
        finding=finding,
        given=given,
        seconds=round(seconds, 2),
    )


def _with(record: Record, name: str, **changes: object) -> Record:
    changed: Attempt = dataclasses.replace(record.attempt(name), **changes)  # type: ignore[arg-type]
    return dataclasses.replace(record, exercises={**record.exercises, name: changed})
