"""The command that compiles a filter written in C, without any SDK or library.

What the flags are for:

- `--target=wasm32` (Zig: `wasm32-freestanding`): Wasm, and no system to call but Envoy.
- `-nostdlib`: no C library, for nothing of it is there.
- `-Wl,--no-entry`: a library that Envoy calls into; there is no `main`.
- `-O2`: quick code; `-Wall -Werror`: what compiles but is probably not meant is a problem, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from lab_helpers.compiling.command import Command, ToolCommand, typed_tool
from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.clang import find_c_compiler

__all__ = ["c_command", "usual_c_compiler"]

_TARGETS = {"clang": "wasm32", "zig": "wasm32-freestanding"}
_FLAGS = ("-O2", "-Wall", "-Werror", "-nostdlib", "-Wl,--no-entry")


def usual_c_compiler() -> Literal["clang", "zig"]:
    """Return which compiler of C there is: clang, or else Zig; clang where there is none."""
    try:
        return cast("Literal['clang', 'zig']", find_c_compiler().name)
    except ToolchainError:
        return "clang"  # whose absence is told where it is called


def c_command(compiler: str, folder: Path, *, debug_info: bool) -> Command:
    """Return the command that compiles a filter written in C.

    Args:
        compiler: `clang` or `zig`.
        folder: The filter's folder; all its `.c` files are one module.
        debug_info: As for `compile_filter`.

    Raises:
        ToolchainError: The compiler is missing.
    """
    found = find_c_compiler(compiler)
    program, *rest = found.words
    flags = (*_FLAGS, "-g") if debug_info else (*_FLAGS, "-Wl,--strip-all")
    return ToolCommand(
        (typed_tool(Path(program)), *rest, f"--target={_TARGETS[found.name]}", *flags),
        tuple(sorted(file.name for file in folder.glob("*.c"))),
        f"{found.name} {found.version}",
    )
