"""Find TinyGo: the one a person names, the one on PATH, the one that the lab installed."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.folders import cache_folder
from lab_helpers.toolchain.go import find_go, go_environment
from lab_helpers.toolchain.versions import Accepted, ask_version, first_accepted, named_tool
from lab_helpers.toolchain.wholeness import damage, note_files

__all__ = [
    "TINYGO",
    "TINYGO_VERSION",
    "TinyGo",
    "find_tinygo",
    "installed_damage",
    "installed_folder",
    "is_there",
    "note_source",
    "tools_folder",
]

TINYGO_VERSION = "0.41.1"
TINYGO = Accepted(
    "TinyGo", (0, 41), (0, 41), "the filter was measured with 0.41.1 and its flags differ in others"
)
_SOURCE_NOTE = "installed-by"
_SOURCES = ("archive", "source")


@dataclasses.dataclass(frozen=True, slots=True)
class TinyGo:
    """A TinyGo.

    Attributes:
        path: The `tinygo` program.
        version: Such as `0.41.1`.
        source: `LAB_TINYGO`, `PATH`, `archive` (its release) or `source` (built here).
    """

    path: Path
    version: str
    source: str


def find_tinygo() -> TinyGo:
    """Return the TinyGo to use: `LAB_TINYGO`, then PATH, then the lab's own.

    Raises:
        ToolchainError: There is none of the right version, or the one that `LAB_TINYGO` names is
            not of that version.
    """
    refused: list[str] = []
    found = named_tool(TINYGO, "LAB_TINYGO", _version)
    if found is None:
        found, refused = first_accepted(TINYGO, _candidates(), _version)
    if found is not None:
        return TinyGo(found.path, found.version, found.source)
    if is_there():
        damaged = installed_damage()
        if not damaged:
            return TinyGo(_program(), TINYGO_VERSION, _note()[0])
        refused.append(damaged)
    raise ToolchainError(
        f"There is no TinyGo {TINYGO_VERSION}.",
        quote="\n".join(refused),
        hint="`lab setup` installs it; with Docker, LAB_TOOLCHAIN=docker takes TinyGo's image",
    )


def note_source(root: Path, source: str, needs: Iterable[Path] = ()) -> None:
    """Note in a TINYGOROOT which way it came, what of the system it needs, and that it is whole.

    Args:
        root: The TINYGOROOT.
        source: `archive` or `source`.
        needs: Files outside of it, without which it cannot compile.
    """
    lines = (source, *map(str, needs))
    (root / _SOURCE_NOTE).write_text("\n".join(lines) + "\n", encoding="utf-8")
    note_files(root)


def tools_folder() -> Path:
    """Return the folder of tools that the lab installed; make it when missing.

    Raises:
        ConfigurationError: It cannot be made.
    """
    return cache_folder("toolchain")


def installed_folder() -> Path:
    """Return where the lab's own TinyGo is, or will be: its TINYGOROOT."""
    return tools_folder() / f"tinygo-{TINYGO_VERSION}"


def is_there() -> bool:
    """Return whether something is where the lab's own TinyGo is put, whole or not."""
    try:
        return installed_folder().exists()
    except PermissionError:
        return True  # and nothing can be read of it


def installed_damage(*, thorough: bool = False) -> str:
    """Return why the lab's own TinyGo will not do; "" where it is whole.

    Args:
        thorough: Whether to read each of its files, and to run it; else a look at them is enough.
    """
    root, program = installed_folder(), _program()
    damaged = damage(root, thorough=thorough)
    if damaged:
        return f"{root} is damaged: {damaged}"
    if not os.access(program, os.X_OK):
        return f"{root} is damaged: {program.name} may not be executed"
    source, *needs = _note() or [""]
    if source not in _SOURCES:
        return f"{root} is damaged: {_SOURCE_NOTE} in it names no way that it came"
    # One that was built here uses the system's LLVM; its folder may outlive that, as in a container
    # that keeps the home folder.
    gone = next((path for path in needs if not Path(path).exists()), "")
    if gone:
        return f"{root} needs {gone}, which is gone"
    if thorough:
        try:
            _version(program)
        except ToolchainError as error:
            return " ".join(filter(None, (error.what, error.quote)))
    return ""


def _candidates() -> Iterator[tuple[str, Path]]:
    on_path = shutil.which("tinygo")
    return iter([("PATH", Path(on_path))] if on_path else [])


def _version(tinygo: Path) -> str:
    return ask_version(tinygo, ["version"], go_environment(find_go().path))


def _program() -> Path:
    return installed_folder() / "bin" / ("tinygo.exe" if os.name == "nt" else "tinygo")


def _note() -> list[str]:
    return (installed_folder() / _SOURCE_NOTE).read_text(encoding="utf-8").splitlines()
