"""A field for a whole number that takes what a person types, and says why it cannot be that."""

from __future__ import annotations

import re

import ipywidgets

__all__ = ["NumberField"]

_REFUSED = "lab-refused"
_SHOWN = 20


class NumberField(ipywidgets.Text):  # type: ignore[misc]  # ipywidgets has no types of its own
    """A field for a whole number.

    A field of text, for ipywidgets' own fields for numbers change what is typed without a word: 0
    becomes 1, and 1e3 becomes 1 as well.

    Args:
        name: Its name on the page.
        value: What stands in it.
        most: The greatest number; the least is 1.
        without: Why it cannot be 0, in a few words.
    """

    def __init__(self, name: str, value: int, most: int, without: str) -> None:
        self._most = most
        self._without = without
        super().__init__(
            value=str(value),
            description=name,
            style={"description_width": "initial"},
            layout={"width": "140px"},
        )
        self.observe(lambda _change: self._mark(), names="value")

    @property
    def number(self) -> int | None:
        """Return the number; None where what is typed is none, or none that can be."""
        text = self.value.strip()
        # Not whatever Python takes for a number, as 1_0 and the digits of other scripts.
        number = int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None
        return number if number is not None and 1 <= number <= self._most else None

    @property
    def refusal(self) -> str:
        """Say why it cannot be what is typed; "" where it can."""
        if self.number is not None:
            return ""
        text = self.value.strip()
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        stands = f"cannot be {shown}" if text else "is empty"
        why = f" ({self._without})" if re.fullmatch("[-+]?0+", text) else ""
        return f"“{self.description}” {stands}{why}: type a whole number from 1 to {self._most}."

    def _mark(self) -> None:
        (self.add_class if self.refusal else self.remove_class)(_REFUSED)
