"""Remember compiled modules by what went into them, so that an unchanged filter is not rebuilt.

`lab demo` promises a quick start, and a workshop's laptops are slow: TinyGo takes 4 to 12 s for a
filter that has not changed. Standard Go keeps such a cache itself; TinyGo does not for the link.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab_helpers.disk import made_folder
from lab_helpers.folders import cache_folder
from lab_helpers.languages import language_of
from lab_helpers.toolchain.go_flags import go_flags

__all__ = ["build_key", "recall", "remember"]

_KEPT = 50
# What a build writes is not what it reads: Cargo's is in `target`.
_NEVER = {".git", ".build", "node_modules", "target"}
# A header, or a crate, of a folder elsewhere is not looked at here.
_FROM_ELSEWHERE = re.compile(
    r"""^\s*(?://\s*)?#\s*include\s+["<](?:\.\.|/)|\bpath\s*=\s*["'](?:\.\.|/)""", re.MULTILINE
)


def build_key(folder: Path, command: Sequence[str], version: str) -> str | None:
    """Return a key for what a compilation would read.

    Args:
        folder: The folder that is compiled.
        command: The compiler's words, without the output.
        version: The compiler's version.

    Returns:
        A key in hex; None where it cannot be known what is read (a `replace` in go.mod and a path
        in a Cargo.toml or an `#include` may point anywhere, there is no go.mod, or an editor is
        just saving a file).
    """
    try:
        root = _root(folder)
        return None if root is None else _digest(root, folder, command, version)
    except OSError:
        return None  # a file went as it was to be read, or may not be read: the compiler will tell


def recall(key: str, target: Path) -> bool:
    """Copy a remembered module to its place.

    Args:
        key: What `build_key` returned.
        target: The file to write.

    Returns:
        Whether there was one.
    """
    for kept in _folder().glob(f"{key}-*.wasm"):
        try:
            content = kept.read_bytes()
        except OSError:
            continue  # another compilation has forgotten it, or it cannot be read: made anew
        whole = kept.name == _name(key, content)
        with contextlib.suppress(OSError):  # the cache may be another's
            if whole:
                os.utime(kept)  # the oldest in use goes first
            else:
                kept.unlink()  # damaged: what is made anew takes its place
        if whole:
            target.write_bytes(content)
            return True
    return False


def remember(key: str, module: Path) -> None:
    """Keep a copy of a compiled module, and forget the oldest when there are many.

    Where nothing can be kept (a full disk, a cache of somebody else's) the next one compiles again.

    Args:
        key: What `build_key` returned.
        module: The compiled file.
    """
    folder = _folder()
    content = module.read_bytes()
    try:
        folder.mkdir(exist_ok=True)
        with made_folder(folder, ".new-") as scratch:
            copy = Path(scratch) / module.name
            copy.write_bytes(content)
            copy.replace(folder / _name(key, content))
    except OSError:
        return
    kept = sorted(folder.glob("*.wasm"), key=_last_used, reverse=True)
    for file in kept[_KEPT:]:
        file.unlink(missing_ok=True)


def _root(folder: Path) -> Path | None:
    """Return the folder that holds all that is read but for what has a version."""
    language = language_of(folder)
    if language != "go":
        patterns = ("*.toml", "**/*.[ch]", "*.go")
        files = (file for pattern in patterns for file in folder.glob(pattern))
        texts = (file.read_text(encoding="utf-8", errors="replace") for file in files)
        if any(_FROM_ELSEWHERE.search(text) for text in texts):
            return None
    if language in ("c", "rust"):
        return folder
    module = next((at for at in (folder, *folder.parents) if (at / "go.mod").is_file()), None)
    if module is None:
        return None
    told = (module / "go.mod").read_text(encoding="utf-8", errors="replace")
    return None if "replace" in told else module


def _digest(module: Path, folder: Path, command: Sequence[str], version: str) -> str:
    digest = hashlib.sha256()
    for part in (str(folder.relative_to(module)), *command, version, go_flags()):
        digest.update(part.encode() + b"\0")
    for file in _sources(module):
        digest.update(file.relative_to(module).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _name(key: str, content: bytes) -> str:
    """Return a module's name in the cache: it tells what the file holds, so damage is seen."""
    return f"{key}-{hashlib.sha256(content).hexdigest()[:32]}.wasm"


def _last_used(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0  # another compilation has forgotten it


def _folder() -> Path:
    return cache_folder() / "modules"


def _sources(module: Path) -> Iterator[Path]:
    """Yield every file that the compiler may read, in a stable order (`//go:embed` reads any)."""
    for root, folders, names in os.walk(module):
        folders[:] = sorted(name for name in folders if name not in _NEVER)
        for name in sorted(names):
            file = Path(root) / name
            # Emacs puts a link that leads nowhere beside each file with unsaved changes.
            if not name.endswith(".wasm") and file.is_file():
                yield file
