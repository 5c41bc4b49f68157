"""Read the page's scripts and styles, which are files of their own, without a build step."""

from __future__ import annotations

from pathlib import Path

__all__ = ["joined"]

_STATIC = Path(__file__).parent / "static"


def joined(*names: str) -> str:
    """Return files as one text, in this order.

    A widget has one ES module. Ours is kept in several files for those who read them, which share
    their names as the parts of one file do; so the page imports nothing.

    Args:
        names: Names of files in `static/`.
    """
    return "\n".join((_STATIC / name).read_text(encoding="utf-8") for name in names)
