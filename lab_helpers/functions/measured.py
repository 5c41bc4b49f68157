"""Where Envoy takes a call, in words: as it was measured, one call in one callback at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

__all__ = ["ENDED", "TAKEN", "Measured"]

TAKEN = "ok"
ENDED = "Envoy ends"
"""What is kept of a call after which there was no Envoy."""

# The function that a callout's answer is handed to; no method of a context.
_CALLOUT = "the function that gets a callout's answer"


@dataclasses.dataclass(frozen=True, slots=True)
class Measured:
    """What Envoy said to one call.

    Attributes:
        said: By the callback that made it: `ok`, or Envoy's own words, or `Envoy ends`.
    """

    said: Mapping[str, str]

    @property
    def words(self) -> str:
        """Return it in sentences."""
        taken, ended = self._places(TAKEN), self._places(ENDED)
        refused = [place for place in self.said if place not in (*taken, *ended)]
        if not refused and not ended:
            return "Envoy takes it in each callback that was tried."
        words = " or ".join(f'"{said}"' for said in dict.fromkeys(map(self.said.get, refused)))
        if not taken and not ended:
            return f"Envoy answers {words} wherever it was tried."
        ends = f"The whole Envoy ends after it in {_listed(ended)}." if ended else ""
        if taken and len(taken) <= len(refused):
            parts = [f"Envoy takes it in {_listed(taken)}.", ends, f"Elsewhere it answers {words}."]
        else:
            some = f"In {_listed(refused)} it answers {words}." if refused else ""
            parts = [ends, some, "Elsewhere Envoy takes it." if taken else ""]
        return " ".join(filter(None, parts))

    def _places(self, said: str) -> list[str]:
        found = [place for place, words in self.said.items() if words == said]
        return sorted(found, key=lambda place: place == "callout")


def _listed(places: list[str]) -> str:
    named = [_CALLOUT if place == "callout" else f"`{place}`" for place in places]
    return f"{', '.join(named[:-1])} and {named[-1]}" if len(named) > 1 else named[0]
