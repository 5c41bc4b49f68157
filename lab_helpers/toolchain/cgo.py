"""The C compiler that Go calls for the C beside it (cgo), for a dynamic module."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

from lab_helpers.errors import ToolchainError

__all__ = ["find_cgo_compiler"]

# Go itself looks for gcc alone on Linux.
_COMPILERS = ("gcc", "clang")


def find_cgo_compiler(system: str = sys.platform) -> str:
    """Return the C compiler that Go is to call, as a person writes it in `CC`.

    Args:
        system: This machine's `sys.platform`.

    Raises:
        ToolchainError: There is none, or cgo is switched off, or this system makes no libraries
            that Envoy can load.
    """
    if system != "linux":
        raise ToolchainError(
            f"A dynamic module is a library for Linux, and this system ({system}) makes none.",
            hint="build it on Linux; a Wasm filter is built on any system: lab build token",
        )
    if os.environ.get("CGO_ENABLED") == "0":
        raise ToolchainError(
            "cgo is switched off, and Go reaches Envoy's C functions by it alone.",
            quote="CGO_ENABLED=0",
            hint="unset CGO_ENABLED",
        )
    named = os.environ.get("CC", "").strip()
    if named:
        if shutil.which(shlex.split(named)[0]) is None:
            raise ToolchainError(
                "The C compiler that the variable CC names is not there.",
                quote=f"CC={named}",
                hint="name another one, or unset CC",
            )
        return named
    found = next((name for name in _COMPILERS if shutil.which(name)), None)
    if found is None:
        raise ToolchainError(
            "There is no C compiler on PATH, and Go needs one for a dynamic module (cgo).",
            quote=f"looked for {' and '.join(_COMPILERS)}",
            hint="sudo apt-get install gcc libc6-dev; or name one with the variable CC",
        )
    return found
