"""How a filter that was written for the old SDK reads with today's: the Go helper's answer."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab_helpers.go_helper.asking import ask_go_helper

__all__ = ["Change", "GoAdoption", "adopt_go"]


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Something at a place.

    Attributes:
        file: The file, from the filter's folder.
        line: The line in the original, from 1.
        sentence: What it is, in a sentence.
    """

    file: str
    line: int
    sentence: str

    @property
    def place(self) -> str:
        """Return file and line."""
        return f"{self.file}:{self.line}"


@dataclasses.dataclass(frozen=True, slots=True)
class GoAdoption:
    """What is to be changed.

    Attributes:
        files: The changed files' new text, by their path in the filter's folder.
        changes: What is changed in them.
        left: What is not, and a person has to look at.
    """

    files: Mapping[str, str]
    changes: tuple[Change, ...]
    left: tuple[Change, ...]


def adopt_go(folder: Path, go_mod: Path, version: str) -> GoAdoption:
    """Return how a filter's Go reads with today's SDK; nothing is written.

    Args:
        folder: The filter's folder.
        go_mod: The go.mod that it is under.
        version: The SDK's version to require.

    Raises:
        ToolchainError: Its Go cannot be read, or its SDK is too old; the reason is quoted.
    """
    answer: dict[str, Any] = ask_go_helper("adopt", str(folder), str(go_mod), version)
    return GoAdoption(
        answer["files"],
        tuple(Change(**one) for one in answer["changes"]),
        tuple(Change(**one) for one in answer["left"]),
    )
