"""Read what a compiler said: problems with a place, and all else that it said.

Go, TinyGo and clang begin a problem with its place, and so does rustc when told to be short.
"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from lab_helpers.errors import CompileProblem

__all__ = ["Said", "read_problems", "source_line"]

# `main.go:12:5: undefined: foo`; the column may be missing, and Windows paths hold a colon.
# `go vet` puts its name before the place.
_PROBLEM = re.compile(
    r"^(?:vet: )?(?P<file>(?:[A-Za-z]:)?[^:\n]+\.(?:go|[ch]|rs)):"
    r"(?P<line>\d+)(?::(?P<column>\d+))?: (?P<message>.+)$"
)
# `# package` stands before a package's problems, `go test` ends with a line of its own.
_HEADING = re.compile(r"^# |^FAIL\b.*\[(build|setup) failed\]$|^FAIL$")
# clang shows the line and marks the place, as is done here for every compiler.
_SHOWN_AGAIN = re.compile(r"^\s+(?:\d+\s*)?\|.*$|^\d+ (?:warning|error)s?.* generated\.$")
_OTHER_PLACE = re.compile(
    r"(?P<before>\s)(?P<file>(?:[A-Za-z]:)?[^:\s]+\.go):(?P<line>\d+):(?P<column>\d+)"
)
_OTHER_DECLARATION = re.compile(r"^\s*other declaration of (?P<name>\w+)$")


@dataclasses.dataclass(frozen=True, slots=True)
class Said:
    """What a compiler said, taken apart.

    Attributes:
        problems: What has a place, in the compiler's order; a message may have several lines.
        rest: All else, such as a command that it proposes; "" for nothing.
    """

    problems: tuple[CompileProblem, ...]
    rest: str


def read_problems(said: str, folder: Path) -> Said:
    """Take apart what a compiler said.

    Args:
        said: All of it.
        folder: Where it ran.

    Returns:
        The problems and the rest; nothing is lost but headings and what is said twice.
    """
    problems: list[CompileProblem] = []
    rest: list[str] = []
    for line in said.splitlines():
        match = _PROBLEM.match(line)
        if match:
            problems.append(_problem(match, folder))
        elif _HEADING.match(line) or _SHOWN_AGAIN.match(line) or not line.strip():
            continue
        elif line[0] in " \t" and problems and not rest:
            # `have (…)` and `want (…)`, or a command: it belongs to the problem above.
            problems[-1] = _with_line(problems[-1], line, folder)
        else:
            rest.append(line.rstrip())
    return Said(tuple(_declarations_joined(list(dict.fromkeys(problems)))), "\n".join(rest))


def source_line(file: Path, line: int) -> str:
    """Return a line of a file; "" where it cannot be read.

    Args:
        file: The file.
        line: Its number, from 1.
    """
    if not file.is_file():
        return ""
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _problem(match: re.Match[str], folder: Path) -> CompileProblem:
    line, column = int(match["line"]), int(match["column"] or 0)
    file = (folder / match["file"].strip()).resolve()  # a second declaration is indented
    message = _OTHER_PLACE.sub(lambda place: _shortened(place, folder), match["message"])
    return CompileProblem(_shown(file, folder), line, column, message, source_line(file, line))


def _with_line(problem: CompileProblem, line: str, folder: Path) -> CompileProblem:
    # At the beginning of the line, where the place of a second declaration stands.
    shortened = _OTHER_PLACE.sub(lambda place: _shortened(place, folder), line.expandtabs(4))
    message = f"{problem.message}\n{shortened.strip()}"
    return dataclasses.replace(problem, message=message)


def _declarations_joined(problems: list[CompileProblem]) -> list[CompileProblem]:
    """Put TinyGo's `other declaration of x`, a problem of its own there, to what it belongs to."""
    others = {
        match["name"]: problem
        for problem in problems
        if (match := _OTHER_DECLARATION.match(problem.message))
    }
    joined = []
    for problem in problems:
        name = problem.message.partition(" redeclared")[0]
        if other := others.get(name):
            place = f"{other.file}:{other.line}:{other.column}"
            message = f"{problem.message}\n{place}: {other.message.strip()}"
            joined.append(dataclasses.replace(problem, message=message))
        elif problem not in others.values():
            joined.append(problem)
    return joined


def _shortened(place: re.Match[str], folder: Path) -> str:
    file = _shown((folder / place["file"]).resolve(), folder)
    return f"{place['before']}{file}:{place['line']}:{place['column']}"


def _shown(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
