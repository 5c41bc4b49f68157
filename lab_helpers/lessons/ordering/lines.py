"""The lines of a solution that can be put in order, and the order in which they are handed out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.exercises.solutions import exercise_names, solution_cell

__all__ = ["Lines", "lines_of"]

_GO = "%%go "


@dataclasses.dataclass(frozen=True, slots=True)
class Lines:
    """A solution in Go, taken apart.

    Attributes:
        place: Where the exercise's cell saves it: `mine/response.go`.
        fixed: What stays above the lines: the package and the imports.
        solved: The lines, as the solution has them.
        mixed: The same, in another order.
    """

    place: str
    fixed: str
    solved: tuple[str, ...]
    mixed: tuple[str, ...]

    def source(self, order: Sequence[str]) -> str:
        """Return the Go that an order makes.

        Args:
            order: The lines.
        """
        return "\n".join((self.fixed, *order)) + "\n"


def lines_of(exercise: str) -> Lines:
    """Take an exercise's solution apart.

    Args:
        exercise: Such as `02-greeting`.

    Raises:
        ConfigurationError: There is no such exercise, or none whose answer is Go.
    """
    head, _, source = solution_cell(exercise).partition("\n")
    if not head.startswith(_GO):
        of_go = [name for name in exercise_names() if solution_cell(name).startswith(_GO)]
        raise ConfigurationError(
            f"The exercise {exercise} has no lines of Go to put in order.",
            hint=f"one of: {', '.join(of_go)}",
        )
    lines = source.splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith("func "))
    solved = tuple(line for line in lines[first:] if line.strip())
    return Lines(head.removeprefix(_GO), "\n".join(lines[:first]), solved, _mixed(solved))


def _mixed(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lines in an order that is the same each time, and that no compiler takes.

    Every other line, then the rest from the bottom: a function's first line stands last, so what is
    above it is in no function.
    """
    return (*lines[1::2], *lines[::2][::-1])
