"""Hints for what a compiler said: tables of slips, from the special to the general."""

from __future__ import annotations

import itertools
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab_helpers.compiling.hints.c_words import C_WORDS
from lab_helpers.compiling.hints.kinds import KINDS
from lab_helpers.compiling.hints.loops import LOOPS
from lab_helpers.compiling.hints.names import NAMES
from lab_helpers.compiling.hints.python_conditions import CONDITIONS
from lab_helpers.compiling.hints.python_texts import TEXTS
from lab_helpers.compiling.hints.python_words import PYTHON_WORDS
from lab_helpers.compiling.hints.rust_words import RUST_WORDS
from lab_helpers.compiling.hints.sdk_calls import SDK_CALLS
from lab_helpers.compiling.hints.shapes import SHAPES
from lab_helpers.compiling.hints.slip import Slip, Spot, first_hint
from lab_helpers.compiling.hints.tools import MODULES, PACKAGES, TOOLS
from lab_helpers.errors import CompileProblem
from lab_helpers.languages import language_of, source_files
from lab_helpers.toolchain import find_go

__all__ = ["hint_for"]

_OF_A_PROBLEM = (
    *MODULES,
    *PACKAGES,
    *TOOLS,
    *CONDITIONS,
    *TEXTS,
    *SDK_CALLS,
    *LOOPS,
    *PYTHON_WORDS,
    *SHAPES,
    *NAMES,
    *KINDS,
)
_OF_THE_REST = (*MODULES, *TOOLS, *PACKAGES)
# Of other languages: what is said of a problem, and of the rest.
_TABLES: Mapping[str, tuple[tuple[Slip, ...], tuple[Slip, ...]]] = {
    "c": (C_WORDS, C_WORDS),
    "rust": (RUST_WORDS, RUST_WORDS),
}
_UNUSED = re.compile(r"(?:declared|imported) and not used")
_UNKNOWN = "mend the first problem, then compile again"
_UNKNOWN_ALONE = "compare the marked line, and the one above it, with lines like them that compile"


def hint_for(problems: Sequence[CompileProblem], rest: str, folder: Path) -> str:
    """Return one thing to try.

    Args:
        problems: What has a place, the most telling first.
        rest: What else the compiler said.
        folder: The filter's folder.

    Returns:
        The hint for the first problem that has one, with its line where that is not the first
        problem's; a general one where the slip is not known.
    """
    package = "\n".join(
        file.read_text(encoding="utf-8", errors="replace") for file in source_files(folder)
    )
    of_a_problem, of_the_rest = _TABLES.get(language_of(folder), (_OF_A_PROBLEM, _OF_THE_REST))
    get = _get(folder)
    # What is not used is often meant for a line that another problem keeps from being read.
    telling = sorted(problems, key=_is_unused)
    for line, found in itertools.groupby(telling, key=lambda one: (one.file, one.line)):
        spots = [_spot(problem, folder, package, get) for problem in found]
        # What is said of one line belongs together: the more telling row of the table wins.
        for slip in of_a_problem:
            hint = next((hint for spot in spots if (hint := slip.fits(spot))), "")
            if hint:
                if line == (problems[0].file, problems[0].line):
                    return hint
                unused = _spot(problems[0], folder, package, get)
                then = first_hint(of_a_problem, unused) if _is_unused(problems[0]) else ""
                return f"{line[0]}:{line[1]}: {hint}" + (f"; then {then}" if then else "")
    unknown = _UNKNOWN_ALONE if len(problems) == 1 else _UNKNOWN
    return first_hint(of_the_rest, Spot(rest, get=get)) or unknown


def _is_unused(problem: CompileProblem) -> bool:
    return bool(_UNUSED.search(problem.message))


def _get(folder: Path) -> str:
    module = next((at for at in (folder, *folder.parents) if (at / "go.mod").is_file()), folder)
    go = find_go().path
    typed = "go" if shutil.which("go") == str(go) else shlex.quote(str(go))
    return f"cd {shlex.quote(str(module))} && {typed} get"


def _spot(problem: CompileProblem, folder: Path, package: str, get: str) -> Spot:
    file = folder / problem.file
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    above = "\n".join(text.splitlines()[: max(problem.line - 1, 0)])
    return Spot(problem.message, problem.source_line, above, package, get)
