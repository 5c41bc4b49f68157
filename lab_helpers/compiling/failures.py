"""Turn a compiler's words into problems with a place, and a hint."""

from __future__ import annotations

import dataclasses
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lab_helpers.compiling.hints import hint_for
from lab_helpers.compiling.hints.tools import NO_NETWORK
from lab_helpers.compiling.limits import placed_at_the_import
from lab_helpers.compiling.problems import read_problems, source_line
from lab_helpers.compiling.signatures import marked_at_the_method
from lab_helpers.errors import CompileError, CompileProblem

__all__ = ["compile_failure"]

_KILLED = 9
_MOST_OF_OTHERS = 2
# Where Go and TinyGo say that a second declaration is.
_ELSEWHERE = re.compile(r"(?P<file>[^\s:]+\.go):(?P<line>\d+):(?P<column>\d+)")
_TWICE = re.compile(r"^(?:\w+ redeclared in this block|method \S+ already declared at )")


def compile_failure(
    result: subprocess.CompletedProcess[str], folder: Path, compiler: str, written: str = ""
) -> CompileError:
    """Return the error for a compilation that failed.

    Args:
        result: The compiler's end, and what it said.
        folder: Where it ran.
        compiler: Its name.
        written: The file that was just written, whose problems come first; "" for none.
    """
    text = f"{result.stdout}\n{result.stderr}".strip()
    what = f"{compiler} cannot compile {folder.name}."
    if re.search(NO_NETWORK, text):
        what += " Go cannot reach the place that modules come from: is there a network?"
    said = read_problems(text, folder)
    found = _learners_first(
        [
            _where_it_was_written(marked_at_the_method(one, folder), folder, written)
            for one in said.problems
        ],
        folder,
        written,
    )
    problems = placed_at_the_import(found, folder, compiler)
    if problems:
        shown, rest = _shortened(problems, folder, said.rest)
        return CompileError(what, problems=shown, rest=rest, hint=hint_for(shown, rest, folder))
    if result.returncode == -_KILLED:
        return CompileError(
            f"{compiler} was killed while it compiled {folder.name}.",
            quote=text,
            hint="it needs up to 512 MB of memory; stop other programs and run it again",
        )
    return CompileError(
        what, quote=text or f"exit code {result.returncode}", hint=hint_for((), text, folder)
    )


def _shortened(
    problems: tuple[CompileProblem, ...], folder: Path, rest: str
) -> tuple[tuple[CompileProblem, ...], str]:
    """Leave out most of many problems in source that the learner cannot mend."""
    ours = [one for one in problems if (folder / one.file).parent == folder]
    theirs = [one for one in problems if one not in ours]
    more = len(theirs) - _MOST_OF_OTHERS
    if more > 0:
        rest = "\n".join([f"… and {more} more problems in what it uses", rest]).strip()
    return (*ours, *theirs[:_MOST_OF_OTHERS]), rest


def _learners_first(
    problems: Sequence[CompileProblem], folder: Path, written: str
) -> tuple[CompileProblem, ...]:
    """Put the file that was just written first, then the filter's others, then what they use."""

    def distance(problem: CompileProblem) -> int:
        if problem.file == written:
            return 0
        return 1 if (folder / problem.file).parent == folder else 2

    return tuple(sorted(problems, key=distance))


def _where_it_was_written(problem: CompileProblem, folder: Path, written: str) -> CompileProblem:
    """Mark the file just written, where a name stands there and in another file."""
    other = _ELSEWHERE.search(problem.message)
    twice = _TWICE.match(problem.message)
    if not (twice and other and other["file"] == written and problem.file != written):
        return problem
    line, column = int(other["line"]), int(other["column"])
    here = f"{problem.file}:{problem.line}:{problem.column}"
    first = problem.message.partition("\n")[0].replace(other[0], here)
    message = first if here in first else f"{first}\n{here}: the other declaration"
    return dataclasses.replace(
        problem,
        file=written,
        line=line,
        column=column,
        message=message,
        source_line=source_line(folder / written, line),
    )
