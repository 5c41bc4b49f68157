"""Open a bundle: nothing in it is used before its checksum was found right.

Only the standard library is used here: the machine that reads this has nothing else yet.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from lab_helpers.bundle.manifest import Manifest, Member
from lab_helpers.errors import BundleError

__all__ = [
    "IMAGE",
    "MANIFEST",
    "MODULES",
    "REPOSITORY",
    "TINYGO",
    "WHEELS",
    "Bundle",
    "require_space",
]

# The names of what is in a bundle.
MANIFEST = "manifest.json"
WHEELS = "wheels/"
TINYGO = "tinygo.tar.gz"
MODULES = "go-modules.tar.gz"
IMAGE = "envoy-image.tar"
REPOSITORY = "repository.tar"
_WHEEL = re.compile(r"wheels/(?P<file>[A-Za-z0-9][A-Za-z0-9_.+-]*\.whl)")
# What Python's zipfile raises where a bit is wrong: a version, a method or a flag that it cannot do
# is a RuntimeError, a place outside of the file an OSError.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
)
_CHUNK = 1 << 20
_AGAIN = "copy the bundle once more from where it came"
# What unpacking leaves, for each byte of the bundle: measured, 1.2 GB of 344 MB.
_UNPACKED = 4

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Tell nobody."""


class Bundle:
    """A bundle that is open for reading.

    Args:
        file: The bundle.

    Raises:
        BundleError: It is no bundle, or cut short.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        try:
            self._zip = zipfile.ZipFile(file)
        except OSError as error:
            raise BundleError(
                f"The bundle {file} cannot be read.",
                quote=error.strerror or str(error),
                hint="check its name, and that the disk or stick that it is on is there",
            ) from error
        except _DAMAGED as error:
            raise BundleError(
                f"{file} is no bundle, or only a part of one.", quote=str(error), hint=_AGAIN
            ) from error
        try:
            self.manifest = Manifest.parse(self._zip.read(MANIFEST).decode())
        except _DAMAGED as error:
            self._zip.close()
            raise BundleError(
                f"{file} is no bundle: it has no list of what it holds.",
                quote=str(error),
                hint="`lab bundle` makes one",
            ) from error
        except BundleError:
            self._zip.close()
            raise

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_exit: object) -> None:
        self._zip.close()

    def check(self, progress: Progress = _silent) -> None:
        """Read everything, and hold it against the list.

        Args:
            progress: Is told the bytes that have been read, and how many there are.

        Raises:
            BundleError: Something is missing, too much, or not what the list says.
        """
        held, listed = self._zip.namelist(), self.manifest.members
        odd = sorted((set(held) ^ set(listed)) - {MANIFEST})
        if odd or len(held) != len(set(held)):
            raise BundleError(
                "The bundle does not hold what its list says.",
                quote=", ".join(odd[:3]) or "a name twice",
                hint=_AGAIN,
            )
        done = 0
        for name, member in listed.items():
            for chunk in self._verified(name, member):
                done += len(chunk)
                progress(done, self.manifest.bytes)

    def extract(self, name: str, target: Path) -> Path:
        """Write a member to a file, which is there only once its checksum was found right.

        Args:
            name: The member.
            target: The file; its folder must be there.

        Returns:
            The file.

        Raises:
            BundleError: There is none, it is not what the list says, or it cannot be written.
        """
        member = self.manifest.members.get(name)
        if member is None:
            raise BundleError(f"The bundle holds no {name}.", hint=_AGAIN)
        partial = target.with_name(f".partial-{target.name}")
        try:
            with partial.open("wb") as copy:
                for chunk in self._verified(name, member):
                    copy.write(chunk)
            return partial.replace(target)
        except OSError as error:
            raise BundleError(
                f"The bundle's {name} cannot be written to {target.parent}.",
                quote=error.strerror or str(error),
                hint="see whether the disk is full",
            ) from error
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)

    def extract_wheels(self, folder: Path) -> int:
        """Write the wheels to a folder.

        Args:
            folder: The folder; made when missing.

        Returns:
            How many there are.

        Raises:
            BundleError: One is not what the list says, or it cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BundleError(
                f"The folder {folder} cannot be made.",
                quote=error.strerror or str(error),
                hint="see whether the disk is full, and whether the folder is yours",
            ) from error
        # A name with a folder in it does not match, so nothing is written elsewhere.
        found = [match for match in map(_WHEEL.fullmatch, self.manifest.members) if match]
        for match in found:
            self.extract(match[0], folder / match["file"])
        return len(found)

    def _verified(self, name: str, member: Member) -> Iterator[bytes]:
        """Read a member, yield each piece, and raise at the end if the whole is not right."""
        digest, size = hashlib.sha256(), 0
        for chunk in self._pieces(name):
            digest.update(chunk)
            size += len(chunk)
            if size > member.bytes:
                break
            yield chunk
        if size != member.bytes or digest.hexdigest() != member.sha256:
            raise BundleError(
                f"The bundle's {name} is not what its list says.",
                quote=f"SHA-256 {digest.hexdigest()}, listed {member.sha256}",
                hint=_AGAIN,
            )

    def _pieces(self, name: str) -> Iterator[bytes]:
        try:
            with self._zip.open(name) as source:
                while chunk := source.read(_CHUNK):
                    yield chunk
        except _DAMAGED as error:
            raise BundleError(
                f"The bundle's {name} is damaged, or the stick that it is on is gone.",
                quote=str(error),
                hint=_AGAIN,
            ) from error


def require_space(folder: Path, manifest: Manifest) -> None:
    """Refuse to begin where the disk is too small to finish.

    Args:
        folder: Where it will be unpacked; one that is there.
        manifest: The bundle's list.

    Raises:
        BundleError: There is too little free space.
    """
    needed, free = manifest.bytes * _UNPACKED, shutil.disk_usage(folder).free
    if free < needed:
        raise BundleError(
            f"The lab needs {needed / 1e9:.1f} GB here once it is unpacked, and {free / 1e9:.1f} GB"
            " are free.",
            quote=str(folder),
            hint="free some space, or unpack it on a larger disk",
        )
