"""What an exercise is: its check, its hints, and what the check found.

An exercise's check is a generator of findings, in a module of `checks` that has the lesson's
number. It says what holds, and stops at the first thing that does not:

```python
@exercise("02-greeting", hints=("`ReplaceHttpResponseHeader` takes a name and a value.",))
def greeting() -> Findings:
    run = emulate("mine", "response")
    yield found("x-greeting" in run.headers, "the response carries `x-greeting`")
```
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping

from lab_helpers.lessons.shown.page import Bundle, Note
from lab_helpers.tokens import without_tokens

__all__ = ["Exercise", "Finding", "Findings", "Result", "exercise", "found", "registered"]


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check looked at.

    Attributes:
        ok: Whether it is as it should be.
        text: What should be so; "" where nothing could be looked at.
        missing: What is wrong, for a person to act on; "" where the text says it.
    """

    ok: bool
    text: str
    missing: str = ""


Findings = Iterator[Finding]


@dataclasses.dataclass(frozen=True, slots=True)
class Exercise:
    """An exercise.

    Attributes:
        name: The lesson's number and a word: `02-greeting`.
        hints: From a nudge to nearly all of it.
        look: What checks it; is given what `check` is given after the name.
        quick: Whether it comes by itself, and with a hint: it takes a second or so, and needs
            nothing but the cells above.
        gives_away: The kinds of advice on the source that would give the solution away.
        settled: Hints, each with the line that makes it needless once it is written.
    """

    name: str
    hints: tuple[str, ...]
    look: Callable[..., Findings]
    quick: bool = False
    gives_away: frozenset[str] = frozenset()
    settled: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Result:
    """What a check found, to be shown.

    Attributes:
        name: The exercise.
        findings: What was looked at, up to the first that does not hold.
        why: Why a solution is as it is, for whoever has one.
        seconds: How long it took to look.
        came: By what it came, where nobody called `check`; "" else.
        shown_above: Whether the same was just shown, below the exercise's cell.
    """

    name: str
    findings: tuple[Finding, ...]
    why: str = ""
    seconds: float = 0.0
    came: str = ""
    shown_above: bool = False

    @property
    def passed(self) -> bool:
        """Return whether all holds."""
        return bool(self.findings) and all(finding.ok for finding in self.findings)

    @property
    def missing(self) -> tuple[str, ...]:
        """Return what does not hold, in one part or two; none where all does."""
        told: list[str] = []
        for finding in self.findings:
            if not finding.ok:
                # The text says how it should be, which would read as if it were so.
                told += [f"wanted: {finding.text}"] if finding.text else []
                told += [finding.missing] if finding.missing else []
        return tuple(told)

    @property
    def note(self) -> Note:
        """Return it as lines."""
        if self.shown_above:
            return self._shortly()
        lines = [("·", self.came)] if self.came else []
        lines += [("✓", finding.text) for finding in self.findings if finding.ok]
        lines += [("" if number else "✗", part) for number, part in enumerate(self.missing)]
        if self.passed:
            lines.append(("✓", f"Exercise {self.name} is done."))
            lines += [("·", f"Why so: {self.why}")] if self.why else []
        else:
            again = ", and the check comes again" if self.came else " and run both cells again"
            lines.append(("→", f'Not yet. Change it{again}, or `hint("{self.name}")`.'))
        return Note(lines)

    def _shortly(self) -> Note:
        """Return what came of it, where all that was found stands right above."""
        above = ("·", "What was looked at stands above, below the exercise's cell.")
        if self.passed:
            return Note([("✓", f"Exercise {self.name} is done."), above])
        said = (
            f'Not yet, as it says below the exercise\'s cell. Change it, or `hint("{self.name}")`.'
        )
        return Note([("✗", said)])

    def _repr_mimebundle_(self, **_options: object) -> Bundle:
        return self.note.bundle()


def found(ok: object, text: str, missing: str = "") -> Finding:
    """Return a finding.

    Args:
        ok: Whether it is as it should be; any value that is true or not.
        text: What should be so, as in `the response carries x-auth`.
        missing: What is wrong, for a person to act on.
    """
    # What it says of a person's value stays in the notebook: no token of it whole.
    return Finding(bool(ok), text, without_tokens(missing))


def exercise(
    name: str,
    *,
    hints: tuple[str, ...],
    quick: bool = False,
    gives_away: Iterable[str] = (),
    settled: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., Findings]], Callable[..., Findings]]:
    """Register a check.

    Args:
        name: The lesson's number and a word: `02-greeting`.
        hints: From a nudge to nearly all of it.
        quick: Whether it takes a second or so, and needs nothing but the cells above. Then it comes
            by itself, when the exercise's cell is run.
        gives_away: The kinds of advice on the source that would give the solution away. In the
            lesson's own cells they wait until the exercise is done, or a hint was read.
        settled: Hints, each with the line that makes it needless once it is written.
    """

    def register(look: Callable[..., Findings]) -> Callable[..., Findings]:
        _REGISTERED[name] = Exercise(name, hints, look, quick, frozenset(gives_away), settled or {})
        return look

    return register


def registered() -> Mapping[str, Exercise]:
    """Return the exercises whose checks have been loaded, by name."""
    return dict(sorted(_REGISTERED.items()))


_REGISTERED: dict[str, Exercise] = {}
