"""The SDK's callbacks and calls: their names, their signatures, and what the SDK says of them."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from lab_helpers.folders import repository_folder
from lab_helpers.go_helper.asking import ask_go_helper

__all__ = ["Signature", "Signatures", "read_signatures"]


@dataclasses.dataclass(frozen=True, slots=True)
class Signature:
    """A callback that a filter may have, or a call that it may make.

    Attributes:
        context: The interface that has the callback, such as `HttpContext`; "" for a call.
        name: Such as `OnHttpResponseHeaders`.
        signature: Its parameters and results, as Go writes them.
        doc: What the SDK says of it.
        file: Where it stands in the SDK.
        line: The line there, from 1.
    """

    context: str
    name: str
    signature: str
    doc: str
    file: str
    line: int

    @property
    def go(self) -> str:
        """Return it as a line of Go."""
        of = f"({self.context}) " if self.context else "proxywasm."
        return f"{of}{self.name}{self.signature}"

    @property
    def sentence(self) -> str:
        """Return the first sentence of what the SDK says."""
        text = " ".join(self.doc.split())
        return text.partition(". ")[0].rstrip(".") + "." if text else ""


@dataclasses.dataclass(frozen=True, slots=True)
class Signatures:
    """What an SDK offers.

    Attributes:
        version: The SDK's version.
        callbacks: In the order of its source.
        calls: By name.
    """

    version: str
    callbacks: tuple[Signature, ...]
    calls: tuple[Signature, ...]

    def about(self, text: str) -> tuple[Signature, ...]:
        """Return those whose name, context or words hold a text, whatever its case.

        Args:
            text: The text; "" for all.
        """
        wanted = text.casefold()
        return tuple(
            one
            for one in (*self.callbacks, *self.calls)
            if wanted in f"{one.context} {one.name} {one.doc}".casefold()
        )

    def as_json(self) -> dict[str, object]:
        """Return it as plain values for `json.dumps`."""
        return dataclasses.asdict(self)


def read_signatures(folder: Path | None = None) -> Signatures:
    """Read the SDK that a Go module requires.

    Args:
        folder: The module's folder; the repository's `filter/` by default.

    Raises:
        ToolchainError: The folder is no Go module, or its SDK is not here.
    """
    where = folder or repository_folder() / "filter"
    answer: dict[str, Any] = ask_go_helper("signatures", str(where))
    return Signatures(
        version=answer["version"],
        callbacks=tuple(Signature(**one) for one in answer["callbacks"]),
        calls=tuple(Signature(**one) for one in answer["calls"]),
    )
