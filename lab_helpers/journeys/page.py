"""A journey's picture as a page shows it: with its words and its table folded below."""

from __future__ import annotations

import html

__all__ = ["journey_html"]


def journey_html(picture: str, words: str, table: str) -> str:
    """Return a journey for a page.

    Args:
        picture: Its picture as SVG.
        words: The same in words.
        table: Its table as HTML.
    """
    said = html.escape(words).replace("\n", "<br>")
    return (
        f'<figure style="margin:0"><div style="overflow-x:auto">{picture}</div><figcaption>'
        f"<details><summary>The same in words</summary>{said}</details>"
        f"<details><summary>Each crossing in a table</summary>{table}</details>"
        "</figcaption></figure>"
    )
