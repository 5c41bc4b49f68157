"""What cannot be written to a disk: said with the place, and with what to do about it."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lab_helpers.errors import LabError

__all__ = ["cannot_write", "made_folder", "replace_file", "scratch_folder", "writing_to"]

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


@contextlib.contextmanager
def writing_to(place: Path, instead: str) -> Iterator[None]:
    """Say with its place that something cannot be written.

    Args:
        place: The folder that is written to.
        instead: What another place is named with, such as `name another folder with LAB_RUNS`.

    Raises:
        LabError: The disk is full, or may not be written to.
    """
    try:
        yield
    except OSError as error:
        if not cannot_write(error) or _is_elsewhere(error, place):
            raise
        said = str(error.strerror or error)
        full = error.errno in _FULL or os.strerror(errno.ENOSPC) in said
        raise LabError(
            f"The lab cannot write to {place}.",
            quote=said,
            hint=f"free some space there, or {instead}" if full else instead,
        ) from error


def cannot_write(error: OSError) -> bool:
    """Return whether an error is the disk's: it is full, read-only, or another's.

    Args:
        error: The error.
    """
    # What copies many files gathers its errors, and has no number of its own.
    return isinstance(error, shutil.Error) or error.errno in _FULL | _REFUSED


@contextlib.contextmanager
def made_folder(place: Path, prefix: str) -> Iterator[Path]:
    """Make a folder that goes with the block, also where a signal ends it as it is just made.

    `tempfile.TemporaryDirectory` has an instant between making one and knowing of it.

    Args:
        place: The folder to make it in.
        prefix: What its name begins with.
    """
    folder = place / f"{prefix}{secrets.token_hex(6)}"
    try:
        folder.mkdir(0o700)
        yield folder
    finally:
        if folder.is_dir():
            shutil.rmtree(folder)


@contextlib.contextmanager
def scratch_folder(prefix: str) -> Iterator[Path]:
    """Make a folder for files that are soon gone.

    Args:
        prefix: What its name begins with.

    Raises:
        LabError: There is no room for it.
    """
    # Python passes over a TMPDIR that it cannot write to; a compiler, which goes there, does not.
    place = Path(os.environ.get("TMPDIR") or tempfile.gettempdir())
    instead = "name another folder with TMPDIR"
    if not place.is_dir():
        raise LabError(f"There is no folder {place} for temporary files.", hint=instead)
    with (
        writing_to(place, instead),
        made_folder(place, prefix) as scratch,
    ):
        yield Path(scratch)


def replace_file(file: Path, content: str | bytes) -> None:
    """Write a person's file anew: where that fails, what stood there stays.

    Args:
        file: The file.
        content: What it is to hold.

    Raises:
        LabError: It cannot be written.
    """
    target = file.resolve()  # a link stays one
    folder = target.parent
    with (
        writing_to(folder, "name another folder with LAB_WORK"),
        made_folder(folder, ".writing-") as scratch,
    ):
        fresh = Path(scratch) / target.name
        if isinstance(content, str):
            fresh.write_text(content, encoding="utf-8")
        else:
            fresh.write_bytes(content)
        if target.exists():
            shutil.copymode(target, fresh)
        fresh.replace(target)


def _is_elsewhere(error: OSError, place: Path) -> bool:
    """Return whether it tells of a file that is not in the place; what is written tells of none."""
    return isinstance(error.filename, str) and not Path(error.filename).is_relative_to(place)
