"""A kernel that was started anew knows nothing of what ran before: say so, and what to run again.

Each kernel of the lab's environment loads this by itself (`jupyter/kernel/`), so it imports nothing
that takes time.
"""

from __future__ import annotations

import ast
import builtins
import functools
import re
from types import TracebackType
from typing import NamedTuple, TypeGuard

from IPython.core.interactiveshell import InteractiveShell

from lab_helpers.lessons.cells import first_lines
from lab_helpers.lessons.cells.interrupted import show_interrupt
from lab_helpers.lessons.cells.missing_quotes import advice_on_quotes, text_without_quotes
from lab_helpers.lessons.cells.slips_of_names import advice_on_word, near_name
from lab_helpers.own_notebook import code_cells, own_notebook

__all__ = ["load_ipython_extension"]

_LAB = "lab_helpers"
_MAGICS = ("go", "envoy")
_UNKNOWN = re.compile(r"name '(?P<name>\w+)' is not defined")
_ABOVE = "Run → Run All Above Selected Cell"
_NOT_BEGUN = (
    "This kernel has not run the lesson's first cell: it is new, or was started anew.\n"
    f"Try: run the first cell again, then the cells above this one ({_ABOVE})"
)
_LESSON = re.compile(r"\d\d_")


class _Maker(NamedTuple):
    """The cell that makes a name: how it begins, and whether the next one is that which runs."""

    begins: str
    is_above: bool

    def named(self) -> str:
        """Return which cell it is."""
        if self.is_above:
            return f"The cell above makes it, which begins `{self.begins}`"
        return f"The cell that begins `{self.begins}` makes it"

    def told(self) -> str:
        """Return what to run."""
        run = "run that cell first" if self.is_above else f"run that cell, or {_ABOVE}"
        return f"{self.named()}. Try: {run}"


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Let `%%go` and `%%envoy` load the lab themselves, and say why a name is missing.

    Args:
        shell: The kernel's.
    """
    for name in _MAGICS:
        magic = functools.partial(_load_and_run, shell, name)
        shell.register_magic_function(magic, magic_kind="cell", magic_name=name)  # type: ignore[call-arg, arg-type]  # wrapped
    ipythons = shell.find_line_magic("load_ext")

    def load_ext(line: str) -> object:
        """Load an extension of IPython's; the lab's says nothing where it is loaded already."""
        loaded = line.strip() == _LAB and _LAB in shell.extension_manager.loaded  # type: ignore[union-attr]  # a shell has one
        return None if loaded else ipythons(line)

    shell.register_magic_function(load_ext, magic_kind="line", magic_name="load_ext")  # type: ignore[call-arg, arg-type]  # wrapped
    shell.set_custom_exc((NameError, KeyboardInterrupt), _show)
    first_lines.register(shell)


def _load_and_run(shell: InteractiveShell, name: str, line: str, cell: str) -> None:
    shell.run_line_magic("load_ext", _LAB)  # which brings one of the same name
    shell.run_cell_magic(name, line, cell)


def _show(
    shell: InteractiveShell,
    _kind: type[BaseException],
    error: BaseException,
    traceback: TracebackType,
    tb_offset: int | None = None,
) -> None:
    # IPython has one handler for all of them.
    if isinstance(error, KeyboardInterrupt):
        show_interrupt(shell, error, traceback, tb_offset)
    elif isinstance(error, NameError):
        _show_unknown(shell, error, traceback, tb_offset)


def _show_unknown(
    shell: InteractiveShell,
    error: NameError,
    traceback: TracebackType,
    tb_offset: int | None,
) -> None:
    found = _UNKNOWN.fullmatch(str(error))
    name = found["name"] if found else ""
    ours = name in _names_of_the_lab()
    maker = _maker_of(name, shell) if name and not ours else None
    said = _reason(name, maker, shell) if name else ""
    if said and (ours or (maker and _is_of_the_cell(traceback))):
        # Such as a LabError's: a stack trace would hide what there is to do.
        error._render_traceback_ = lambda: [f"NameError: {error}\n{said}"]  # type: ignore[attr-defined]  # IPython asks for it
    elif said:
        error.add_note(said)
    shell.showtraceback((type(error), error, traceback), tb_offset=tb_offset)


def _is_of_the_cell(traceback: TracebackType) -> bool:
    """Return whether a line of the cell itself failed, and not one of a function's."""
    last = traceback
    while last.tb_next is not None:
        last = last.tb_next
    return last.tb_frame.f_code.co_name == "<module>"


def _reason(name: str, maker: _Maker | None, shell: InteractiveShell) -> str:
    """Return what a person can do about a name that is missing; "" where it is not the lab's."""
    ours = _names_of_the_lab()
    begun = any(known in shell.user_ns for known in ours)
    if name in ours:
        return f"It is the lab's. Try: from lab_helpers import {name}" if begun else _NOT_BEGUN
    if maker:
        # Of two things to try one would do, and the maker alone would lack what comes before it.
        return maker.told() if begun else f"{_NOT_BEGUN}\n{maker.named()}."
    cell = str(shell.user_ns.get("In", [""])[-1])
    if word := advice_on_word(name, cell):
        return word
    near = near_name(name, [*shell.user_ns, *dir(builtins)])
    text = text_without_quotes(cell, name)
    if near and not _is_no_slip(name, near, text, shell):
        return f"Did you mean {near}?"
    quotes = advice_on_quotes(text)
    if not begun:
        # Of a lesson's own names its cells are known: this is none of them.
        told = filter(None, (quotes, _NOT_BEGUN))
        return "\n".join(told) if _LESSON.match(own_notebook().name) else ""
    missing = (
        f"If a cell above makes it: that cell has not run since the kernel began. Try: {_ABOVE}"
    )
    return quotes or missing


def _is_no_slip(name: str, near: str, text: str, shell: InteractiveShell) -> bool:
    """Return whether a near name cannot be meant: `env.proxy_http_call` is no slip for `envoy`."""
    rest = text.removeprefix(name)
    asked = re.match(r"\.(\w+)", rest)
    return bool(rest) and not (asked and hasattr(shell.user_ns.get(near), asked[1]))


def _maker_of(name: str, shell: InteractiveShell) -> _Maker | None:
    """Return which cell makes a name, as the notebook was last saved; None where none does.

    Of several it is the last one above the cell that runs; the first one where that is not found.
    """
    sources = [cell["source"].strip() for cell in code_cells()]
    makers = [at for at, one in enumerate(sources) if name in _made_in(shell.transform_cell(one))]
    if not makers:
        return None
    running = shell.user_ns.get("In", [""])[-1].strip()
    here = sources.index(running) if running in sources else 0
    above = [at for at in makers if at < here]
    maker = above[-1] if above else makers[0]
    return _Maker(sources[maker].partition("\n")[0], is_above=maker == here - 1)


def _made_in(source: str) -> set[str]:
    """Return the names that a cell makes."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set()  # a stub, or what somebody is still writing
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    outer = (each for each in tree.body if not isinstance(each, inner))
    made = {node.id for each in outer for node in ast.walk(each) if _stores(node)}
    return made | {each.name for each in tree.body if isinstance(each, inner)}


def _stores(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def _names_of_the_lab() -> frozenset[str]:
    import lab_helpers  # noqa: PLC0415  # only where a name is missing

    return frozenset(lab_helpers.__all__)
