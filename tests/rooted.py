"""What only root can arrange: folders of other users, and small disks."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

__all__ = ["need_root", "small_disk"]


def need_root(why: str) -> None:
    """Skip a test that cannot be tried otherwise; where everything has to be, fail it.

    Args:
        why: What root is needed for.
    """
    if os.getuid() == 0:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"run the tests as root: {why}")
    pytest.skip(f"only root can: {why}")


@contextlib.contextmanager
def small_disk(place: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a file system in memory that is soon full.

    Args:
        place: The folder to mount it at, which is made.
        kilobytes: How much it holds.
    """
    need_root("mount a small disk")
    place.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k,mode=0700", "tmpfs", str(place)]
    subprocess.run(words, check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Let nobody write to a folder, root neither.

    Args:
        folder: The folder.
    """
    need_root("make a folder read-only for root, too")
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
