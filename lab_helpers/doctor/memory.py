"""How much memory there is to use: the machine's, or what a container's limit leaves of it."""

from __future__ import annotations

from pathlib import Path

import psutil

__all__ = ["available_bytes"]

_GROUPS = Path("/sys/fs/cgroup")
# The kernel's two versions of control groups: the limit, the use, and the part of the use that is
# only a copy of files and is given back when it is needed. A container sees its own group there.
_FILES = (
    ("memory.max", "memory.current", "memory.stat", "inactive_file"),
    (
        "memory/memory.limit_in_bytes",
        "memory/memory.usage_in_bytes",
        "memory/memory.stat",
        "total_inactive_file",
    ),
)


def available_bytes(groups: Path = _GROUPS) -> int:
    """Return how much more memory the lab could use.

    In a container, as on Binder, the machine's own figure would be that of the whole host.

    Args:
        groups: Where the control groups are; another folder in tests.
    """
    amounts = [psutil.virtual_memory().available]
    for limit, use, stat, given_back in _FILES:
        most = _number(groups / limit)
        if most is not None:
            used = (_number(groups / use) or 0) - _numbers(groups / stat).get(given_back, 0)
            amounts.append(max(0, most - used))
    return min(amounts)


def _number(file: Path) -> int | None:
    """Return the number in a file; None where there is no such file, or no limit in it."""
    text = file.read_text(encoding="ascii").strip() if file.is_file() else ""
    return int(text) if text.isdigit() else None


def _numbers(file: Path) -> dict[str, int]:
    lines = file.read_text(encoding="ascii").splitlines() if file.is_file() else []
    return {name: int(number) for name, _, number in (line.partition(" ") for line in lines)}
