"""`lab signatures`: what the SDK offers, found by a word."""

from __future__ import annotations

import json

from rich.console import Console
from rich.text import Text

from lab_helpers.go_helper import read_signatures

__all__ = ["show_signatures"]


def show_signatures(console: Console, text: str, *, as_json: bool) -> None:
    """Print the callbacks and calls that a text is about.

    Args:
        console: Where to print.
        text: A part of a name, or a word of what the SDK says; "" for all.
        as_json: Whether to print all there is as JSON.

    Raises:
        ToolchainError: They cannot be read.
    """
    known = read_signatures()
    if as_json:
        console.print(json.dumps(known.as_json(), indent=2), soft_wrap=True, highlight=False)
        return
    found = known.about(text)
    for one in found:
        console.print(Text(one.go, style="bold"), soft_wrap=True)
        if one.sentence:
            console.print(Text(f"    {one.sentence}"), soft_wrap=True)
    about = f" about {text!r}" if text else ""
    console.print(
        Text(f"{len(found)} callbacks and calls{about}, of the SDK {known.version}"), soft_wrap=True
    )
