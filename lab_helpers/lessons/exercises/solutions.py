"""One file for an exercise and its solution: `notebooks/solutions/<exercise>.go`, `.py`, `.yaml`.

The file is the solution. Marks say what a learner does not see, and what stands there instead:

```go
// cell: %%go mine/tick.go         (the cell's first line, where it is no code)
    // solution
    plugin.ticks++
    //> // Count the tick here.
    // end
// why: The context outlives the call.
```

Between `solution` and `end`, the stub has only the lines that begin with `//>` (in Python `#>`),
without that mark; the solution has all the others. Neither has the lines with `why:`, which tell
whoever has found a solution why it is as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder

__all__ = [
    "exercise_names",
    "lines_to_change",
    "read_cell",
    "solution_cell",
    "solution_file",
    "stub_cell",
    "why_so",
]

_COMMENT = {".go": "//", ".py": "#", ".yaml": "#"}


def exercise_names() -> tuple[str, ...]:
    """Return the exercises that have a solution, in order."""
    return tuple(sorted(file.stem for file in _folder().iterdir() if file.suffix in _COMMENT))


def stub_cell(exercise: str) -> str:
    """Return the cell that a learner begins with.

    Args:
        exercise: Such as `02-greeting`.

    Raises:
        ConfigurationError: There is no such exercise, or its marks do not match.
    """
    return _cell(exercise, solved=False)


def solution_cell(exercise: str) -> str:
    """Return the cell with the solution.

    Args:
        exercise: Such as `02-greeting`.

    Raises:
        ConfigurationError: There is no such exercise, or its marks do not match.
    """
    return _cell(exercise, solved=True)


def read_cell(text: str, comment: str, *, solved: bool) -> str:
    """Return the cell that a solution's text stands for.

    Args:
        text: The file's.
        comment: How a comment begins in its language.
        solved: Whether to keep the solution; else the stub.

    Raises:
        ConfigurationError: The marks do not match.
    """
    why = _why(comment)
    instead = _instead(comment)
    inside = False
    kept: list[str] = []
    for line in text.splitlines():
        word = line.strip()
        if word.startswith(f"{comment} cell: "):
            kept.append(word.removeprefix(f"{comment} cell: "))
        elif word in (f"{comment} solution", f"{comment} end"):
            if inside == (word == f"{comment} solution"):
                raise ConfigurationError(f"The mark {word!r} has no partner.")
            inside = not inside
        elif inside and (match := instead.fullmatch(line)):
            if not solved:
                kept.append(f"{match[1]}{match[2]}".rstrip())
        elif (solved or not inside) and not why.fullmatch(word):
            kept.append(line)
    if inside:
        raise ConfigurationError(f"The mark '{comment} solution' has no end.")
    return "\n".join(kept).strip("\n")


def why_so(exercise: str) -> str:
    """Return why a solution is as it is, in a paragraph; "" where its file does not say.

    Args:
        exercise: Such as `02-greeting`.

    Raises:
        ConfigurationError: There is no such exercise.
    """
    file = solution_file(exercise)
    why = _why(_COMMENT[file.suffix])
    words = (why.fullmatch(line.strip()) for line in file.read_text(encoding="utf-8").splitlines())
    return " ".join(match[1].strip() for match in words if match)


def lines_to_change(exercise: str) -> tuple[str, ...]:
    """Return the lines of the stub that a solution has others for; none where it only adds some.

    Args:
        exercise: Such as `02-greeting`.

    Raises:
        ConfigurationError: There is no such exercise.
    """
    file = solution_file(exercise)
    instead = _instead(_COMMENT[file.suffix])
    lines = map(instead.fullmatch, file.read_text(encoding="utf-8").splitlines())
    return tuple(f"{match[1]}{match[2]}" for match in lines if match and match[2])


def solution_file(exercise: str) -> Path:
    """Return the file that holds an exercise's solution.

    Args:
        exercise: Such as `02-greeting`.

    Raises:
        ConfigurationError: There is no such exercise.
    """
    for suffix in _COMMENT:
        file = _folder() / f"{exercise}{suffix}"
        if file.is_file():
            return file
    raise ConfigurationError(
        f"There is no exercise {exercise!r}.", hint=f"one of: {', '.join(exercise_names())}"
    )


def _instead(comment: str) -> re.Pattern[str]:
    return re.compile(rf"(\s*){re.escape(comment)}> ?(.*)")


def _why(comment: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(comment)} why: (.*)")


def _cell(exercise: str, *, solved: bool) -> str:
    file = solution_file(exercise)
    try:
        return read_cell(file.read_text(encoding="utf-8"), _COMMENT[file.suffix], solved=solved)
    except ConfigurationError as error:
        raise ConfigurationError(f"{file.name}: {error.what}") from error


def _folder() -> Path:
    return repository_folder() / "notebooks" / "solutions"
