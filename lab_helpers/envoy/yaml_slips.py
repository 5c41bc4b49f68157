"""Slips of YAML that its reader notices a line too late, or says in words of its own grammar."""

from __future__ import annotations

import re

__all__ = ["where_and_how"]

_ELSE = "check that line's indentation and colons; YAML takes no tabs"
# `name = 1s`, `name:1s` and `name 1s`, each where `name: 1s` is meant; a name in quotes as well.
_NAME = r"^\s*(?:- +)?[\"']?(?P<name>\w[\w.-]*)[\"']?"
_EQUALS = re.compile(rf"{_NAME}\s*=+\s*(?P<value>.+)$")
_CLOSE = re.compile(rf"{_NAME}:(?P<value>[^\s:/].*)$")
_NO_COLON = re.compile(rf"{_NAME}\s+(?P<value>[^\s:#].*)$")


def where_and_how(text: str, line: int, begun: int | None) -> tuple[int, str]:
    """Return the line that is to be mended, and how.

    A name without its colon is a text to YAML, which may go on in the next line: so it is the next
    that its reader names.

    Args:
        text: The YAML.
        line: The line that the reader names, from 1.
        begun: The line in which began what it could not finish; None where it says none.

    Returns:
        The line, from 1, and a hint.
    """
    lines = text.splitlines()
    before = next((n for n in range(line - 1, 0, -1) if lines[n - 1].strip()), None)
    for number in dict.fromkeys(n for n in (begun, line, before) if n and n <= len(lines)):
        if hint := _hint(lines[number - 1], alone=number == begun):
            return number, hint
    return line, _ELSE


def _hint(line: str, *, alone: bool) -> str:
    if found := _EQUALS.match(line):
        return f"YAML wants a colon and a space in place of =: `{_mended(found)}`"
    if found := _CLOSE.match(line):
        return f"YAML wants a space behind the colon: `{_mended(found)}`"
    # A line of two words is nothing wrong but where the reader says that a colon is missing.
    if alone and ":" not in line and (found := _NO_COLON.match(line)):
        return f"YAML wants a colon and a space behind the name: `{_mended(found)}`"
    return ""


def _mended(found: re.Match[str]) -> str:
    return f"{found['name']}: {found['value'].strip()}"
