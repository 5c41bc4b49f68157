"""Judge the machine itself: Python, ports, memory, disk."""

from __future__ import annotations

import platform
from collections.abc import Sequence

from lab_helpers.doctor.report import Check
from lab_helpers.errors import LabError
from lab_helpers.folders import runs_folder, work_folder

__all__ = [
    "ARTICLE_PORTS",
    "check_disk",
    "check_folders",
    "check_memory",
    "check_ports",
    "check_python",
]

ARTICLE_PORTS = (10_000, 9_901)
_OLDEST_PYTHON = (3, 11)
# Kernel, Envoy with two workers and the token API together stay under 300 MB; TinyGo takes 512 MB.
_ENOUGH_MB = 900
_ENOUGH_DISK_MB = 1_000


def check_python(version: Sequence[int]) -> Check:
    """Judge Python's version.

    Args:
        version: Its first numbers.
    """
    shown = ".".join(map(str, version))
    if tuple(version[:2]) >= _OLDEST_PYTHON:
        return Check("Python", "ok", f"{shown} on {platform.system()} {platform.machine()}")
    oldest = ".".join(map(str, _OLDEST_PYTHON))
    return Check("Python", "missing", f"{shown} is too old", f"use Python {oldest} or later")


def check_ports(taken: Sequence[int], unreachable: LabError | None = None) -> Check:
    """Judge the article's ports, which only `lab up` uses.

    Args:
        taken: Those that are not free.
        unreachable: Why nobody could reach any port of this machine; None where one can.
    """
    if unreachable is not None:
        return Check("Ports", "missing", unreachable.what, unreachable.hint)
    if not taken:
        return Check("Ports", "ok", f"{' and '.join(map(str, ARTICLE_PORTS))} are free")
    return Check(
        "Ports",
        "note",
        f"taken: {', '.join(map(str, taken))}",
        "only `lab up` uses these: give it --port and --admin-port; all else takes free ones",
    )


def check_folders() -> Check:
    """Judge the folders that every run writes to.

    Raises:
        LabError: One cannot be made, or may not be written to.
    """
    for folder in (work_folder, runs_folder):
        folder()
    return Check("Folders", "ok", "your work and the runs can be written to")


def check_memory(available_mb: int) -> Check:
    """Judge the free memory.

    Args:
        available_mb: What is available, in MB.
    """
    if available_mb >= _ENOUGH_MB:
        return Check("Memory", "ok", f"{available_mb:,} MB available")
    return Check(
        "Memory",
        "note",
        f"{available_mb:,} MB available",
        f"{_ENOUGH_MB} MB are comfortable: close other programs before you compile",
    )


def check_disk(free_mb: int) -> Check:
    """Judge the free space where tools are kept.

    Args:
        free_mb: What is free, in MB.
    """
    if free_mb >= _ENOUGH_DISK_MB:
        return Check("Disk", "ok", f"{free_mb:,} MB free for tools")
    return Check("Disk", "note", f"{free_mb:,} MB free for tools", "free some space")
