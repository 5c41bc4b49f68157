"""How the cells of Python ended that give a name its value: one that failed left the value before.

What a cell of the lab's own magics did, it says itself.
"""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from types import TracebackType

from IPython.core.interactiveshell import ExecutionInfo, ExecutionResult, InteractiveShell

from lab_helpers.lessons.cells.missing_quotes import advice_on_quotes, text_without_quotes
from lab_helpers.lessons.cells.slips_of_names import advice_on_word

__all__ = ["Failed", "last_run_failed", "register"]

# Also as in Go (`x := 1`) and in JavaScript (`let x = 1`), which Python does not take.
_GIVEN = re.compile(
    r"^[ \t]*(?:(?:let|var|const)[ \t]+)?(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*:?=(?!=)", re.MULTILINE
)

# `counter "cluster…"`: its `=` is missing, or another sign stands there.
_MEANT = re.compile(r"^[ \t]*(\w+)[ \t]*(?:==|:=?|[ \t](?=[\"'\d]))", re.MULTILINE)


@dataclasses.dataclass(frozen=True, slots=True)
class Failed:
    """A run of a cell that ended in an error before it gave a name its value.

    Attributes:
        name: The name.
        said: The error, in Python's own words.
        advice: What may be meant; "" where nobody knows.
    """

    name: str
    said: str
    advice: str = ""


def register(shell: InteractiveShell) -> None:
    """Note how the cells of a notebook end.

    Args:
        shell: The notebook's.
    """
    _last.clear()

    def note(result: ExecutionResult) -> None:
        if result.info is not None:  # what is run for the kernel's own ends has none
            error = result.error_before_exec or result.error_in_exec
            began = result.error_before_exec is None
            _last.update(_read(shell, str(result.info.raw_cell), error, began=began))

    def begin(info: ExecutionInfo) -> None:
        # A cell may give a value and check it: it has not failed as long as it runs.
        _last.update(dict.fromkeys(dict(_given(str(info.raw_cell)))))

    shell.events.register("pre_run_cell", begin)
    shell.events.register("post_run_cell", note)


def last_run_failed(names: frozenset[str]) -> Failed | None:
    """Return how the last cell failed that was to give one of the names its value.

    Args:
        names: The names.

    Returns:
        None where it gave the value, or none was run.
    """
    return next((failed for name in sorted(names) if (failed := _last.get(name))), None)


_last: dict[str, Failed | None] = {}


def _read(
    shell: InteractiveShell, source: str, error: BaseException | None, *, began: bool
) -> Iterator[tuple[str, Failed | None]]:
    """Yield each name that a cell gives a value, and how it failed before it came to that."""
    reached = _line_of(error.__traceback__, shell) if error is not None else 0
    for name, line in dict(_given(source)).items():
        if error is None or (began and line < reached):
            yield name, None
        else:
            yield name, Failed(name, _said(error), _advice(source, error))


def _given(source: str) -> Iterator[tuple[str, int]]:
    """Yield each name that a cell gives a value, and the line where it has done so."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        # What does not read as Python: nothing of it ran.
        names = (name for found in _GIVEN.finditer(source) for name in found[1].split(","))
        yield from ((name.strip(), 0) for name in names)
        yield from ((found[1], 0) for found in _MEANT.finditer(source))
        return
    for statement in tree.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, statement.end_lineno or 0


def _line_of(traceback: TracebackType | None, shell: InteractiveShell) -> int:
    """Return the line of the cell in which an error came up; 0 where it was in none."""
    while traceback is not None:
        if traceback.tb_frame.f_globals is shell.user_ns:
            return traceback.tb_lineno
        traceback = traceback.tb_next
    return 0


def _said(error: BaseException) -> str:
    # A cell has no file whose name would tell anybody anything.
    said = f"{error.msg}, in line {error.lineno}" if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {said}"


def _advice(source: str, error: BaseException) -> str:
    name = error.name if isinstance(error, NameError) else None
    if not name:
        return ""
    return advice_on_word(name, source) or advice_on_quotes(text_without_quotes(source, name))
