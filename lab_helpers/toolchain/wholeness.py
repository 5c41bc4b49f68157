"""Whether a tool that the lab installed is still as it was put there.

A disk that filled, a cleaner of caches or a copy that was cut short may take a part of it. What is
left would fail in a filter's compilation, with words about the filter.
"""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

__all__ = ["damage", "note_files"]

_NOTE = "installed-files"


@dataclasses.dataclass(frozen=True, slots=True)
class _File:
    """A file as it was installed."""

    sha256: str
    bytes: int
    name: str

    @classmethod
    def read(cls, line: str) -> _File:
        sha256, size, name = line.split(" ", 2)
        return cls(sha256, int(size), name)

    def __str__(self) -> str:
        return f"{self.sha256} {self.bytes} {self.name}"


def note_files(root: Path) -> None:
    """Note in a tool's folder which files it has; the last step of an install.

    Args:
        root: The folder.
    """
    files = sorted(path for path in root.rglob("*") if path.is_file() and path != root / _NOTE)
    lines = [
        str(_File(_sha256(path), path.stat().st_size, path.relative_to(root).as_posix()))
        for path in files
    ]
    text = "\n".join(lines)
    # Its own checksum comes first, so that a note that was cut short is none.
    (root / _NOTE).write_text(f"{_sha256_of(text.encode())}\n{text}", encoding="utf-8")


def damage(root: Path, *, thorough: bool = False) -> str:
    """Return what is no longer as it was installed; "" where all is.

    Args:
        root: The tool's folder.
        thorough: Whether to read each file; else it is enough that it has its size.
    """
    try:
        whole, _, text = (root / _NOTE).read_text(encoding="utf-8").partition("\n")
        if whole != _sha256_of(text.encode()):
            return f"{_NOTE} in it is damaged"
        files = [_File.read(line) for line in text.splitlines()]
    except (OSError, ValueError) as error:
        return f"{_NOTE} in it cannot be read ({error})"
    for file in files:
        try:
            size = (root / file.name).stat().st_size
            if size != file.bytes:
                return f"{file.name} in it has {size} bytes instead of {file.bytes}"
            if thorough and _sha256(root / file.name) != file.sha256:
                return f"{file.name} in it was changed"
        except OSError as error:
            return f"{file.name} in it cannot be read ({error.strerror})"
    return ""


def _sha256(file: Path) -> str:
    return _sha256_of(file.read_bytes())


def _sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
