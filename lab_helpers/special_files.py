"""What is read like a file, and is none: to read a pipe or a device may never end."""

from __future__ import annotations

import stat
from pathlib import Path

__all__ = ["special_file"]

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a disk"),
)


def special_file(path: Path, *, once: bool = False) -> str:
    """Return what a path is instead of a file: `a pipe`, `a socket`, `a device` or `a disk`.

    Args:
        path: The path.
        once: Whether it is read once, as a shell's `<(command)` can be.

    Returns:
        What it is; "" for a file, a folder, or nothing at all.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""  # whoever opens it is told why
    # A shell's own pipes have a writer, so that they end. One by name may have none.
    if once and stat.S_ISFIFO(mode) and path.is_relative_to("/dev"):
        return ""
    return next((what for is_kind, what in _KINDS if is_kind(mode)), "")
