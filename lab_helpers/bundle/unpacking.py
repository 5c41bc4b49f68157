"""Unpack a tar file that came from elsewhere: nothing is written outside of its folder.

Only the standard library is used here: the machine that reads this has nothing else yet.
"""

from __future__ import annotations

import shutil
import tarfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from lab_helpers.errors import BundleError

__all__ = ["unpack_tar"]


def unpack_tar(archive: Path, folder: Path) -> None:
    """Unpack a tar file; each name in it must stay inside of the folder.

    Args:
        archive: The tar file.
        folder: The folder to unpack it in, a new one; it is removed again if anything fails.

    Raises:
        BundleError: It holds something that leads outside, or it cannot be unpacked.
    """
    folder.mkdir()
    try:
        with tarfile.open(archive) as tar:
            entries = tar.getmembers()
            _refuse_to_leave(entries)
            if hasattr(tarfile, "data_filter"):
                tar.extractall(folder, entries, filter="data")
            else:  # Python before 3.11.4, as Debian 12's: each entry was looked at above
                tar.extractall(folder, entries)  # noqa: S202
    except (OSError, EOFError, tarfile.TarError, zlib.error) as error:
        shutil.rmtree(folder)
        raise BundleError(
            f"{archive.name} cannot be unpacked.",
            quote=str(error),
            hint="see whether the disk is full; else copy the bundle once more from where it came",
        ) from error
    except BaseException:
        shutil.rmtree(folder)
        raise


def _refuse_to_leave(entries: Iterable[tarfile.TarInfo]) -> None:
    """Allow files, folders and links that stay inside; nothing may be written through a link.

    With the last rule a chain of links, each of which looks harmless, leads nowhere.
    """
    seen: set[PurePosixPath] = set()
    links: set[PurePosixPath] = set()
    for entry in entries:
        name = PurePosixPath(entry.name)
        touched = [name, PurePosixPath(entry.linkname)] if entry.islnk() else [name]
        through = any(parent in links for path in touched for parent in (path, *path.parents))
        target = name.parent / entry.linkname if entry.issym() else name
        inside = _stays_inside(target) and not any(".." in path.parts for path in touched)
        rooted = any(path.is_absolute() for path in (*touched, target))
        plain = entry.isfile() or entry.isdir() or entry.issym() or entry.islnk()
        twice = name in seen and not entry.isdir()
        if not plain or not inside or rooted or through or twice or "\\" in entry.name:
            raise BundleError(
                "The bundle would write where it must not, so it is refused.",
                quote=f"{entry.name} {entry.linkname}".strip(),
                hint="do not use it; ask whoever gave it to you",
            )
        seen.add(name)
        if entry.issym():
            links.add(name)


def _stays_inside(path: PurePosixPath) -> bool:
    depth = 0
    for part in path.parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return False
    return True
