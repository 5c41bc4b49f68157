"""What a learner wrote for an exercise: what the lesson did not give, and the line that matters.

Where it is, the exercise's cell says: `%%go` writes a file, `%%envoy` a part of one, and of Python
the notebook keeps what was run.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from IPython.core.getipython import get_ipython

from lab_helpers.envoy.configuration_files import learner_configurations
from lab_helpers.errors import ConfigurationError
from lab_helpers.lessons.cells.regions import excerpt
from lab_helpers.lessons.cells.workspace import learner_filters
from lab_helpers.lessons.exercises.solutions import lines_to_change, solution_cell, stub_cell
from lab_helpers.tokens import without_tokens

__all__ = ["OwnText", "answer_names", "own_file", "own_head", "own_text", "quoted"]

_MOST_LINES = 3
_NAMED_WORD = re.compile(r"[`'\"]([^`'\"\n]{2,})[`'\"]")
_SUBSTANCE = re.compile(r"\w")

Line = tuple[int, str]


@dataclasses.dataclass(frozen=True, slots=True)
class OwnText:
    """What stands where the exercise's cell puts it.

    Attributes:
        place: Where: `mine/tick.go`; "" for a cell of Python.
        lines: The lines, each with its number.
        changed: Those that the lesson does not have.
        right: Those that a solution has, too.
        open: Those of the lesson that are to be changed, where nothing is.
        taken_out: What the lesson has, a solution too, and this has not.
        gone: Whether anything of the lesson's is not there.
    """

    place: str
    lines: tuple[Line, ...]
    changed: tuple[Line, ...]
    right: tuple[Line, ...]
    open: tuple[Line, ...]
    taken_out: tuple[str, ...]
    gone: bool


def own_file(exercise: str) -> Path | None:
    """Return the file that an exercise's cell writes, there or not; None for a cell of Python.

    Args:
        exercise: Such as `02-greeting`.
    """
    match own_head(exercise):
        case ["%%go", place]:
            return learner_filters() / place
        case ["%%envoy", name, _]:
            return learner_configurations() / name
        case _:
            return None


def own_head(exercise: str) -> list[str]:
    """Return the words of the magic of an exercise's cell; none of a cell of Python.

    Args:
        exercise: Such as `02-greeting`.
    """
    return _head(stub_cell(exercise))


def answer_names(exercise: str) -> frozenset[str]:
    """Return the names that an exercise's cell of Python is to give a value.

    Args:
        exercise: Such as `01-counter`.
    """
    return frozenset(_assigned("\n".join(lines_to_change(exercise))))


def own_text(exercise: str) -> OwnText | None:
    """Return what a learner wrote for an exercise; None where nothing is there.

    Args:
        exercise: Such as `02-greeting`.
    """
    stub = stub_cell(exercise)
    head = _head(stub)
    found = _found(exercise, head)
    if found is None:
        return None
    first, lines = found
    body = len(head) and 1  # the magic's line is none of the text
    given, solution = stub.splitlines()[body:], solution_cell(exercise).splitlines()[body:]
    changed, gone = _difference(lines, given)
    numbered = [*enumerate(lines, start=first)]
    to_change = {line.strip() for line in lines_to_change(exercise)}
    # That a line which is to be changed is gone, and a brace, is nothing to speak of.
    solved = {line.strip() for line in solution}
    kept = solved - {line.strip() for line in lines} - {"}", ""}
    return OwnText(
        " ".join(head[1:]),
        tuple(numbered),
        tuple(numbered[at] for at in changed if lines[at].strip()),
        tuple(line for line in numbered if line[1].strip() in solved),
        tuple(line for line in numbered if line[1].strip() in to_change),
        tuple(given[at].strip() for at in gone if given[at].strip() in kept),
        any(_SUBSTANCE.search(given[at]) for at in gone),
    )


def quoted(text: OwnText, finding: str) -> tuple[str, str]:
    """Return what to quote of a learner's text beside a finding: an introduction, and the lines.

    There are no lines where nothing is changed yet, and the lesson has none that is to be changed.
    There is no introduction either where each line is as a solution has it, and none is named.

    Args:
        text: The text.
        finding: What the check said. Of what it names, a line or a word, the line is taken.
    """
    where = f"In `{text.place}`" if text.place else "Your cell"
    if named := _line_named(text, finding):
        return f"{where}, line {named[0]}" if text.place else where, _shown([named])
    if not text.changed and not text.gone:
        still = "nothing is changed yet" if text.place else "is as the lesson gives it"
        return f"{where} {still}", _shown(text.open[:_MOST_LINES])
    wrong = [line for line in text.changed if line not in text.right]
    if not any(_SUBSTANCE.search(line) for _, line in wrong):
        return _beside_right_lines(text, where)
    lines = _that_matter(wrong, finding)
    told = "you wrote" if text.place else "has"
    numbers = f", line {lines[0][0]}," if text.place else ""
    return f"{where}{numbers} {told}", _shown(lines)


def _beside_right_lines(text: OwnText, where: str) -> tuple[str, str]:
    """Return what to quote where what was written is right: what lacks, or is still to be done."""
    if text.taken_out:
        return f"{where} this is no longer there", "\n".join(text.taken_out[:_MOST_LINES])
    if still := [line for line in text.open if line not in text.right]:
        return f"{where} this is still as the lesson gives it", _shown(still[:_MOST_LINES])
    return "", ""


def _head(cell: str) -> list[str]:
    """Return the words of a cell's magic; of Python there are none."""
    first = cell.partition("\n")[0]
    return first.split() if first.startswith("%%") else []


def _found(exercise: str, head: Sequence[str]) -> tuple[int, list[str]] | None:
    """Return the number of the first line, and the lines."""
    file = own_file(exercise)
    if file is None:
        # The answer is what the lines to be changed give a value.
        source = _last_cell(answer_names(exercise))
        return (1, source.splitlines()) if source else None
    if not file.is_file():
        return None
    try:
        part = excerpt(file, head[2] if len(head) > 2 else None)
    except (ConfigurationError, UnicodeDecodeError):
        return None  # its check says what is wrong with it
    return part.first, textwrap.dedent(part.text).splitlines()


def _difference(lines: Sequence[str], other: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return which lines the other text does not have, and which of its own are not in these."""
    own, others = ([line.strip() for line in part] for part in (lines, other))
    matcher = difflib.SequenceMatcher(a=others, b=own, autojunk=False)
    more: list[int] = []
    gone: list[int] = []
    for kind, begin, end, own_begin, own_end in matcher.get_opcodes():
        if kind != "equal":
            gone += range(begin, end)
            more += range(own_begin, own_end)
    return more, gone


def _line_named(text: OwnText, finding: str) -> Line | None:
    """Return the line that a tool's own words name, `tick.go:7:2: …`, or the lab's, of a cell."""
    cell = re.escape(f"of the cell `%%envoy {text.place}`")
    if below := re.search(rf"\bline (\d+) {cell}", finding):
        # The cell's own first line is the one with %%envoy.
        return next(iter(text.lines[int(below[1]) - 2 :]), None)
    file = text.place.rpartition("/")[2].partition(" ")[0]
    named = re.search(rf"\b{re.escape(file)}:(\d+)", finding) if file else None
    return next((line for line in text.lines if named and line[0] == int(named[1])), None)


def _that_matter(lines: Sequence[Line], finding: str) -> list[Line]:
    """Return the lines that hold most of the words that a finding names; else the first ones."""
    words = {word.casefold() for word in _NAMED_WORD.findall(finding)}
    score = {line: sum(word in line[1].casefold() for word in words) for line in lines}
    best = max(score.values())
    told = [line for line in lines if score[line] == best and _SUBSTANCE.search(line[1])]
    return (told or list(lines))[:_MOST_LINES]


def _shown(lines: Sequence[Line]) -> str:
    text = textwrap.dedent("\n".join(line.expandtabs(4) for _, line in lines))
    return without_tokens(text)


def _assigned(source: str) -> Iterator[str]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return  # a cell with a magic, or one that never ran
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _last_cell(names: frozenset[str]) -> str:
    """Return the cell that gave one of the names its value last; "" where none did."""
    shell = get_ipython()
    ran: Sequence[str] = shell.user_ns.get("In", []) if shell is not None else []
    return next((cell for cell in reversed(ran) if names & set(_assigned(cell))), "")
