"""Show a text that somebody else wrote, a filter say, so that nothing in it acts."""

from __future__ import annotations

import unicodedata

__all__ = ["plain_text", "spelled_out"]

# A log line may have several lines, and tabs; the joiners are letters' own in some scripts.
_KEPT = "\n\t\u200c\u200d"
# Control characters (an escape sequence begins with one), marks that turn the direction of writing,
# halves of characters, line ends of Unicode's own.
_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def plain_text(text: str, most: int = 2_000) -> str:
    r"""Return a text in which what would act is spelled out, as in `\x1b[31m`.

    HTML is left as it is: where a page is made, it is escaped.

    Args:
        text: The text.
        most: How many characters of it are kept.

    Returns:
        The text without white space at its end; where it is cut, it says so.
    """
    text = text.rstrip()
    cut = f"… ({len(text):,} characters)" if len(text) > most else ""
    return spelled_out(text[:most]) + cut


def spelled_out(text: str) -> str:
    r"""Return a text in which each character that would act is spelled out, as in `\x1b`.

    Args:
        text: The text.
    """
    return "".join(map(_spelled, text))


def _spelled(char: str) -> str:
    if char.isascii() and char.isprintable():
        return char
    if char in _KEPT or unicodedata.category(char) not in _ACTING:
        return char
    return char.encode("unicode_escape").decode("ascii")
