"""Say which folders a container must see to compile a filter, and where.

A Go module may take another one from a folder beside it (`replace … => ../shared` in its go.mod).
So the folders lie to each other in the container as they lie here.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["Bind", "local_replacements", "source_mounts"]

_SOURCE = "/src"
_COMMENT = re.compile(r"(^|\s)//.*$", re.MULTILINE)
_REPLACED_BY = re.compile(r"=>\s*(?:\"(?P<quoted>[^\"\n]+)\"|(?P<plain>\S+))")
_LOCAL = ("./", "../", "/")


@dataclasses.dataclass(frozen=True, slots=True)
class Bind:
    """A file or folder of this machine that a container sees.

    Attributes:
        source: It.
        target: Where the container sees it.
        writable: Whether it may change it.
    """

    source: Path
    target: str
    writable: bool = False


def source_mounts(folder: Path) -> tuple[str, tuple[Bind, ...]]:
    """Return where a filter's folder is in the container, and what is mounted for that.

    Args:
        folder: The filter's folder, a Go module or below one.

    Returns:
        The folder's place, and the mounts, all read-only: the Go module, and the folders that its
        go.mod names in place of other modules.
    """
    module = next((at for at in (folder, *folder.parents) if (at / "go.mod").is_file()), folder)
    relative, absolute = local_replacements(module)
    roots = _outermost([module, *relative])
    above = Path(os.path.commonpath(roots))
    places = {root: _inside(root, above) for root in roots}
    mounts = [Bind(root, place) for root, place in places.items()]
    mounts += [Bind(path, path.as_posix()) for path in _outermost(absolute)]
    return _inside(folder, above), tuple(mounts)


def local_replacements(module: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders that a go.mod names in place of modules, by relative and by absolute path.

    Those that do not exist are left out: Go says so in better words than Docker.

    Args:
        module: The module's folder; one without a go.mod replaces nothing.
    """
    file = module / "go.mod"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    named = [
        match["quoted"] or match["plain"] for match in _REPLACED_BY.finditer(_COMMENT.sub("", text))
    ]
    # As Go does it: by the words of the path, whatever links lie on the way.
    found = {
        name: Path(os.path.normpath(module / name))
        for name in named
        if name.startswith(_LOCAL) or name in (".", "..")
    }
    relative = [path for name, path in found.items() if name[0] == "." and path.is_dir()]
    return relative, [path for name, path in found.items() if name[0] == "/" and path.is_dir()]


def _outermost(folders: Iterable[Path]) -> list[Path]:
    """Return the folders without those that lie in another of them."""
    each = sorted(set(folders))
    return [
        path
        for path in each
        if not any(path != other and path.is_relative_to(other) for other in each)
    ]


def _inside(path: Path, above: Path) -> str:
    beside = path.relative_to(above).as_posix()
    return _SOURCE if beside == "." else f"{_SOURCE}/{beside}"
