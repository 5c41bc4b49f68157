"""A picture as a web page shows it: with its words as its text alternative, and beside it."""

from __future__ import annotations

import html

__all__ = ["figure_html"]


def figure_html(png: str, words: str) -> str:
    """Return a picture with its words: as its text alternative, and folded below it.

    Args:
        png: The PNG in base64.
        words: What the picture shows.
    """
    said = html.escape(" ".join(words.split()))
    return (
        f'<figure class="lab-picture"><img src="data:image/png;base64,{"".join(png.split())}"'
        f' alt="{said}"><figcaption><details><summary>The same in words</summary>'
        f"{html.escape(words).replace(chr(10), '<br>')}</details></figcaption></figure>"
    )
