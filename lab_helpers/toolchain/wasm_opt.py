"""Find wasm-opt, without which TinyGo compiles nothing, and let it drop what nobody calls."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

from lab_helpers.errors import LabError, ToolchainError
from lab_helpers.toolchain.running import run_tool
from lab_helpers.toolchain.tinygo import find_tinygo

__all__ = ["drop_dead_code", "find_wasm_opt"]


def find_wasm_opt() -> str | None:
    """Return the wasm-opt that TinyGo uses: `WASMOPT`, its own, or PATH's; None without any.

    A release of TinyGo has one of its own, and so has a bundle's.
    """
    folders = [os.environ.get("PATH", "")]
    with contextlib.suppress(LabError):  # without a TinyGo, PATH's is the one to name
        root = find_tinygo().path.resolve().parent.parent
        folders = [str(root / "bin"), str(root / "system" / "bin"), *folders]
    named = os.environ.get("WASMOPT")
    return shutil.which(named or "wasm-opt", path=os.pathsep.join(folders))


def drop_dead_code(module: Path, wasm_opt: str) -> None:
    """Take the functions out of a module that nothing in it, and no export, leads to.

    Args:
        module: The module of TinyGo; it is written anew.
        wasm_opt: The program.

    Raises:
        ToolchainError: It fails; its own words are quoted.
    """
    smaller = module.with_name(f"{module.stem}-smaller.wasm")
    passes = ("--all-features", "--remove-unused-module-elements")
    done = run_tool((wasm_opt, *passes, str(module), "-o", str(smaller)), {})
    if done.returncode != 0:
        raise ToolchainError(
            "wasm-opt cannot drop what became unused in the module.",
            quote=done.stderr.strip()[-1000:],
            hint="compile it with all exports: `lab build NAME --keep-exports`",
        )
    smaller.replace(module)
