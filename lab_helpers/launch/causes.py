"""A cause of a failure: what happened, in whose words, what to try."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable

__all__ = ["Cause", "Known", "known_cause"]


@dataclasses.dataclass(frozen=True, slots=True)
class Cause:
    """What a failure comes from.

    Attributes:
        what: One sentence.
        quote: The words that show it.
        hint: One thing to try.
    """

    what: str
    quote: str
    hint: str


@dataclasses.dataclass(frozen=True, slots=True)
class Known:
    """A failure whose cause is known: how Envoy words it, what it means, what to try."""

    words: re.Pattern[str]
    what: str
    hint: str


def known_cause(table: Iterable[Known], text: str) -> tuple[Known, re.Match[str], str] | None:
    """Return the first row that fits, with its match and the sentence that it makes.

    Args:
        table: The rows.
        text: What Envoy said.
    """
    for known in table:
        match = known.words.search(text)
        if match:
            detail = next((part for part in match.groupdict().values() if part), "")
            return known, match, known.what.format(detail=detail)
    return None
