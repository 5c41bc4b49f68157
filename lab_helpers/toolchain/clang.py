"""Find a compiler of C that makes Wasm: clang with its linker, or PyPI's Zig."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from lab_helpers.errors import ToolchainError
from lab_helpers.toolchain.on_path import programs_called
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.versions import version_in

__all__ = ["CCompiler", "c_compilers", "find_c_compiler"]

_ASK_S = 30.0
_GET = (
    "install clang and its linker (Debian and Ubuntu: `apt install clang lld`; macOS: `brew install"
    " llvm lld`), or Zig, which needs no rights: `pip install ziglang` in the lab's environment"
)


@dataclasses.dataclass(frozen=True, slots=True)
class CCompiler:
    """A compiler of C that makes Wasm.

    Attributes:
        name: `clang` or `zig`.
        words: How it is called.
        version: Such as `19.1.7`.
        source: `LAB_CLANG`, `PATH` or `ziglang` (the PyPI package).
    """

    name: str
    words: tuple[str, ...]
    version: str
    source: str


def find_c_compiler(name: str | None = None) -> CCompiler:
    """Return the compiler to use: the clang that `LAB_CLANG` names, one on PATH, then PyPI's Zig.

    Args:
        name: `clang` or `zig` for that one alone; None for whichever is there first.

    Raises:
        ToolchainError: There is none that makes Wasm; what is there, and why not, is quoted.
    """
    refused: list[str] = []
    for compiler in c_compilers(refused):
        if name in (None, compiler.name):
            return compiler
    what = "compiler of C that makes Wasm" if name is None else f"{name} that makes Wasm"
    raise ToolchainError(f"There is no {what}.", quote="\n".join(refused), hint=_GET)


def c_compilers(refused: list[str] | None = None) -> Iterator[CCompiler]:
    """Yield each compiler of C on this machine that makes Wasm.

    Args:
        refused: Is given why another one is not among them.

    Raises:
        ToolchainError: `LAB_CLANG` names none.
    """
    refused = [] if refused is None else refused
    if named := os.environ.get("LAB_CLANG"):
        clang = _clang(Path(named).expanduser(), "LAB_CLANG", refused)
        if clang is None:
            raise ToolchainError(
                "LAB_CLANG names no clang that makes Wasm.",
                quote="\n".join(refused),
                hint="unset LAB_CLANG, or name the program of a clang that has its linker, wasm-ld",
            )
        yield clang
    for program in programs_called("clang"):
        if clang := _clang(program, "PATH", refused):
            yield clang
    if importlib.util.find_spec("ziglang") is not None:
        words = (sys.executable, "-m", "ziglang")
        said = run_tool([*words, "version"], {}, timeout_s=_ASK_S)
        if said.returncode == 0:
            yield CCompiler("zig", (*words, "cc"), said.stdout.strip(), "ziglang")
        else:
            refused.append(f"ziglang: {said.stderr.strip()}")


def _clang(program: Path, source: str, refused: list[str]) -> CCompiler | None:
    """Return a clang that compiles for Wasm and has its linker; else note why it is refused."""
    try:
        said = run_tool([str(program), "--version"], {}, timeout_s=_ASK_S)
        targets = run_tool([str(program), "--print-targets"], {}, timeout_s=_ASK_S).stdout
        linker = run_tool(
            [str(program), "--target=wasm32", "--print-prog-name=wasm-ld"], {}, timeout_s=_ASK_S
        ).stdout.strip()
    except ToolchainError as error:
        refused.append(f"{program}: {error.quote}")
        return None
    version = version_in(said.stdout)
    if said.returncode != 0 or "clang" not in said.stdout or not version:
        refused.append(f"{program} is no clang: {said.stdout.strip() or said.stderr.strip()}")
    elif not re.search(r"^\s*wasm32\s", targets, re.MULTILINE):
        refused.append(f"{program} {version} has no target wasm32")
    elif shutil.which(linker) is None:
        refused.append(f"{program} {version} has no linker: there is no wasm-ld beside it")
    else:
        return CCompiler("clang", (str(program),), version, source)
    return None
