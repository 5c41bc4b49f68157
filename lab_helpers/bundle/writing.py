"""Write a bundle's file: a shell script, and a zip file behind it."""

from __future__ import annotations

import dataclasses
import hashlib
import zipfile
from pathlib import Path

from lab_helpers.bundle.manifest import Manifest, Member
from lab_helpers.bundle.opening import MANIFEST
from lab_helpers.errors import BundleError

__all__ = ["write_bundle"]

_FIRST_WORDS = Path(__file__).parent / "first_words.sh"
_CHUNK = 1 << 20


def write_bundle(output: Path, parts: Path, manifest: Manifest) -> str:
    """Write the file, whole or not at all.

    Args:
        output: The file.
        parts: The folder that holds what goes in; empty files are left out.
        manifest: What is said of it; its members are found here.

    Returns:
        The file's SHA-256.

    Raises:
        BundleError: It cannot be written.
    """
    files = [path for path in sorted(parts.rglob("*")) if path.is_file() and path.stat().st_size]
    members = {
        path.relative_to(parts).as_posix(): Member(_sha256(path), path.stat().st_size)
        for path in files
    }
    whole = dataclasses.replace(manifest, members=members)
    partial = output.with_name(f".partial-{output.name}")
    try:
        with partial.open("wb") as raw:
            # A shell script that hands over to Python; a zip file may have anything before it.
            raw.write(_FIRST_WORDS.read_bytes())
            # Stored as they are: wheels and the toolchain are packed already.
            with zipfile.ZipFile(raw, "w", zipfile.ZIP_STORED) as file:
                file.writestr(MANIFEST, whole.as_text())
                for path in files:
                    file.write(path, path.relative_to(parts).as_posix())
        sha256 = _sha256(partial)
        partial.replace(output)
    except OSError as error:
        raise BundleError(
            f"{output} cannot be written.",
            quote=error.strerror or str(error),
            hint="name another file with -o; a stick formatted as FAT32 takes files to 4 GB",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return sha256


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
