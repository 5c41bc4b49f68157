"""What the SDK has about a word: `show_calls("header")`."""

from __future__ import annotations

import difflib
import re

from lab_helpers.functions import Function, Functions, known_functions
from lab_helpers.lessons.shown.page import Table

__all__ = ["table_of_functions"]

# A name's words: OnHttpRequestHeaders has four.
_PART = re.compile(r"[A-Z][a-z]+")
_PAGE = "Each with all its words: `notebooks/functions.ipynb`"


def table_of_functions(text: str) -> Table:
    """Return a table of the callbacks and calls that are about a text.

    Args:
        text: A part of a name, or words that the SDK says of it; "" for all.
    """
    known = known_functions()
    found = known.about(text)
    about = f" about {text!r}" if text.strip() else ""
    noun = "callback or call" if len(found) == 1 else "callbacks and calls"
    title = f"{len(found) or 'No'} {noun}{about}, of the SDK {known.version}"
    notes = [_PAGE] if found else [_nothing(text, known), _PAGE]
    return Table(title, ("name", "what is known of it"), [_row(one, known) for one in found], notes)


def _row(one: Function, known: Functions) -> tuple[str, str]:
    said = [f"`{one.go}`"]
    if one.words:
        said.append(f"The SDK says: {one.words}")
    if one.measured:
        said.append(f"Measured in Envoy {known.envoy}: {one.measured.words}")
    if one.used:
        said.append(f"Used in: {one.used}")
    return one.name, "\n".join(said)


def _nothing(text: str, known: Functions) -> str:
    """Return what to try for a text that nothing is about."""
    parts = {part for one in known.callable() for part in _PART.findall(one.name)}
    names = {name.casefold(): name for name in (*parts, *(one.name for one in known.callable()))}
    close = difflib.get_close_matches(text.strip().casefold(), names, n=3, cutoff=0.6)
    if close:
        near = [f'`show_calls("{names[name]}")`' for name in close]
        return f"Try: {', '.join(near)}"
    return 'Try: a shorter word, such as `show_calls("header")`, or `show_calls("")` for all'
