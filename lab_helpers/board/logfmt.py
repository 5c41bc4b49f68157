"""Read logfmt, `key=value key="quoted value"`, as the lab's filters write it."""

from __future__ import annotations

import re
import sys

__all__ = ["parse_logfmt"]

# One pair of logfmt: a bare word, or a word and a value that is bare or quoted as Go quotes it.
_PAIR = re.compile(
    r'(?P<key>[^\s="]+)=(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"]*))(?:\s+|$)'
)
# The escapes of Go's string literals: https://go.dev/ref/spec#Rune_literals
_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-f]{2})|u(?P<short>[0-9a-f]{4})|U(?P<long>[0-9a-f]{8})|(?P<char>.))",
    re.DOTALL,
)
_ESCAPED_CHARS = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}


def parse_logfmt(text: str) -> dict[str, str] | None:
    """Read `key=value key="quoted value"` pairs.

    Args:
        text: The whole text.

    Returns:
        The pairs in their order, or None if any part of the text is no such pair.
    """
    if '"' not in text:
        return _bare_pairs(text)
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PAIR.match(text, position)
        if match is None:
            return None
        quoted = match["quoted"]
        pairs[match["key"]] = match["bare"] if quoted is None else _unquote(quoted)
        position = match.end()
    return pairs


def _bare_pairs(text: str) -> dict[str, str] | None:
    """Read pairs of which none is quoted: nearly all are so, and this is thrice as quick."""
    if text[:1].isspace():
        return None
    try:
        pairs = dict([word.split("=", 1) for word in text.split()])
    except ValueError:
        return None  # a word without a value
    return None if "" in pairs else pairs


def _unquote(quoted: str) -> str:
    """Undo Go's `strconv.Quote`."""
    return _ESCAPE.sub(_escaped, quoted)


def _escaped(match: re.Match[str]) -> str:
    char = match["char"]
    if char is not None:
        return _ESCAPED_CHARS.get(char, char)
    code = int(match["byte"] or match["short"] or match["long"], 16)
    return chr(code) if code <= sys.maxunicode else match[0]
