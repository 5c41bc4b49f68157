"""Tab in a `%%go` cell: what the SDK's packages have, from the list that the page is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)
from IPython.core.interactiveshell import InteractiveShell

from lab_helpers.functions import Function, known_functions

__all__ = ["complete_go", "register"]

_GO_CELL = re.compile(r"\s*%%go\b")
# A name, a dot, and what is written of the next name; not in the middle of a longer chain.
_SELECTOR = re.compile(r"(?<![\w.)\]])(?P<package>\w+)\.(?P<begun>\w*)$")
_IMPORT = re.compile(
    r"^\s*(?:import\s+)?(?P<alias>\w+)\s+"
    r'"github\.com/proxy-wasm/proxy-wasm-go-sdk/(?:proxywasm/)?(?P<package>\w+)"',
    re.MULTILINE,
)
# What JupyterLab shows beside each, in words that it knows.
_KINDS: Mapping[str, str] = {
    "call": "function",
    "type": "class",
    "constant": "instance",
    "variable": "instance",
}


@context_matcher()  # type: ignore[untyped-decorator]  # IPython's
def complete_go(context: CompletionContext) -> SimpleMatcherResult:
    """Offer the names of an SDK's package after its dot, in a `%%go` cell.

    Args:
        context: The cell, and where in it the cursor stands.

    Returns:
        The names that begin as what is written; nothing in any other place.
    """
    found = _SELECTOR.search(_before_the_cursor(context)) if _is_go(context) else None
    if found is None:
        return SimpleMatcherResult(completions=[], suppress=False)
    package = _packages(context.full_text).get(found["package"], "")
    begun = found["begun"]
    names = [
        SimpleCompletion(one.name, type=_KINDS[one.kind])
        for one in known_functions().all
        if one.package == package and _is_of_its_package(one, begun)
    ]
    return SimpleMatcherResult(completions=names, suppress=True, matched_fragment=begun)


def register(shell: InteractiveShell) -> None:
    """Teach a notebook what Tab offers in a `%%go` cell.

    Args:
        shell: The notebook's.
    """
    completer = shell.Completer
    if completer is not None and complete_go not in completer.custom_matchers:
        completer.custom_matchers.append(complete_go)


def _is_go(context: CompletionContext) -> bool:
    return context.cursor_line > 0 and _GO_CELL.match(context.full_text) is not None


def _before_the_cursor(context: CompletionContext) -> str:
    return context.full_text.split("\n")[context.cursor_line][: context.cursor_position]


def _packages(text: str) -> dict[str, str]:
    """Return the SDK's packages by the names that a cell has for them."""
    own = {match["alias"]: match["package"] for match in _IMPORT.finditer(text)}
    own.pop("import", None)
    return {"proxywasm": "proxywasm", "types": "types", "properties": "properties", **own}


def _is_of_its_package(one: Function, begun: str) -> bool:
    """Return whether a package's dot leads to it: to no method, which a value has."""
    return one.kind in _KINDS and one.name.casefold().startswith(begun.casefold())
