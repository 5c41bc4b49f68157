"""Compile a filter's source by what its folder holds: to Wasm, or to a dynamic module."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Mapping
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.compiling.cache import build_key, recall, remember
from lab_helpers.compiling.command import Command
from lab_helpers.compiling.commands import (
    COMPILER_NAMES,
    Compiler,
    Toolchain,
    chosen_compiler,
    chosen_toolchain,
    command_for,
)
from lab_helpers.compiling.failures import compile_failure
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.compiling.old_sdk import old_sdk_failure
from lab_helpers.compiling.prebuilt import prebuilt_for
from lab_helpers.compiling.trimming import Trimming, trimming_for
from lab_helpers.disk import made_folder, writing_to
from lab_helpers.errors import ConfigurationError, ToolchainError
from lab_helpers.filter_names import source_folder
from lab_helpers.folders import work_folder
from lab_helpers.languages import language_of
from lab_helpers.outputs import output_file
from lab_helpers.waits import waiting

__all__ = ["compile_filter"]

# What every Wasm module begins with, and every library.
_MAGICS = {".wasm": b"\0asm", ".so": b"\x7fELF"}
# Who names a compiler's program wants that one, and is told where it cannot do it.
_NAMING = ("LAB_CLANG", "LAB_CARGO")
# What a person waits for where it never was compiled here; else the last time tells.
_USUAL: Mapping[Compiler, str] = {
    "tinygo": "2 to 10 s",
    "go": "2 to 10 s",
    "cargo": "1 to 5 s; some minutes where Rust's standard library is compiled first, once",
    "clang": "less than a second",
    "zig": "less than a second; some seconds the first time",
}
_USUAL_IN_DOCKER = "up to a minute the first time, in Docker"
_INSTEAD = "write to another folder: LAB_WORK names one, and so does `--output`"


@checked
def compile_filter(
    filter_dir: Path | str,
    output: Path | str | None = None,
    *,
    compiler: Compiler | None = None,
    reuse: bool = False,
    toolchain: Toolchain | None = None,
    image: str | None = None,
    debug_info: bool = False,
    keep_exports: bool = False,
) -> Module:
    """Compile a filter.

    Args:
        filter_dir: The folder of the filter's source: of its `main` package in Go, of its
            `Cargo.toml` in Rust, of its `.c` files.
            From anywhere, `mine` is the learner's own of that name, and `token` or `filter/token`
            the lab's.
        output: The file to write; by default `build/<folder>.wasm` in the work folder, and
            `build/lib<folder>.so` for a dynamic module.
        compiler: `tinygo` or `go` for Go, `cargo` for Rust, `clang` or `zig` for C; by default
            `tinygo` for Go, and for C whichever is there. For a dynamic module `go`, which calls a
            C compiler.
        reuse: Take the module of an earlier compilation if nothing that goes into it has changed.
        toolchain: `native` for this machine's TinyGo, `docker` for TinyGo's image; `LAB_TOOLCHAIN`
            names it else, and else it is `native`.
        image: The image for `docker`; `LAB_TINYGO_IMAGE` names it else, and else it is TinyGo's
            own.
        debug_info: Let the compiler keep what tells the line of each instruction, so that a
            panic's line can be named. By TinyGo the module is up to ten times as large, and slower:
            its code is made for size, as that mixes lines up the least. Standard Go tells lines in
            any case.
        keep_exports: Keep the exports that lead to no code of the filter. Envoy would enter the
            module for each of them, so they are left out else.

    Returns:
        The module, with the exact command that made it; or the one that the lab brings, where no
        compiler was asked for and the language's is missing.

    Raises:
        CompileError: The source does not compile; `problems` says where.
        ConfigurationError: There is no such folder, no such compiler or no such toolchain, or the
            output cannot be written.
        LabError: The disk became full.
        LaunchError: There is no Docker to ask, or the image cannot be had.
        ToolchainError: The compiler is missing, and the lab brings no module of this source.
    """
    folder = source_folder(filter_dir)
    language = language_of(folder)
    if language == "go" and (old := old_sdk_failure(folder)):
        raise old
    asked, compiler = compiler, chosen_compiler(compiler, folder)
    suffix = ".so" if language == "native" else ".wasm"
    usual = _default_output(
        folder, compiler, suffix, debug_info=debug_info, keep_exports=keep_exports
    )
    target = _module_file(output_file(output or usual), suffix)
    exports = trimming_for(
        folder, language, compiler, keep_exports=keep_exports, debug_info=debug_info
    )
    # LAB_TOOLCHAIN says where TinyGo comes from; other languages have no image.
    where = chosen_toolchain(toolchain) if language == "go" or toolchain else "native"
    try:
        command = command_for(compiler, folder, where, image, debug_info=debug_info)
    except ToolchainError as missing:
        if asked is not None or any(os.environ.get(name) for name in _NAMING):
            raise
        return _brought(folder, target, missing, exports)
    # Written beside its place and renamed: two compilations, or one that is interrupted, never
    # leave half a module where Envoy would read it.
    with (
        writing_to(target.parent, _INSTEAD),
        made_folder(target.parent, ".build-") as scratch,
    ):
        fresh = Path(scratch) / target.name
        began = time.monotonic()
        # What tells lines of Go names the files by their paths: elsewhere they are others.
        placed = debug_info or compiler == "go"
        read = (*command.words, str(folder)) if placed else command.words
        key = build_key(folder, read, command.version)
        trimmed_key = key and exports.key(key)
        reused = reuse and trimmed_key is not None and recall(trimmed_key, fresh)
        if not reused:
            exports.begin()
            reused = reuse and key is not None and recall(key, fresh)
            if not reused:
                with waiting(
                    f"Compiling {folder.name} by {COMPILER_NAMES[compiler]}",
                    f"compile {where} {' '.join(command.words)} {folder}",
                    _USUAL_IN_DOCKER if where == "docker" else _USUAL[compiler],
                ):
                    _run(command, folder, fresh, compiler)
            # A file that was saved meanwhile may be in the module or not: such a one is not
            # remembered, and has all exports, as who read them may have read another source.
            steady = key == build_key(folder, read, command.version)
            if steady and key and not reused:
                remember(key, fresh)
            with waiting(f"Leaving out what {folder.name} has no use for"):
                settled = exports.trim(fresh, steady=steady)
            if steady and settled and trimmed_key and trimmed_key != key:
                remember(trimmed_key, fresh)
        seconds = time.monotonic() - began
        fresh.chmod(0o644)  # Envoy in a container reads it as another user
        fresh.replace(target)
    return dataclasses.replace(
        read_module(target),
        compiler=compiler,
        seconds=seconds,
        reused=reused,
        folder=folder,
        before=command.before(target),
        command=command.typed(target),
        environment=command.environment,
        why_all=exports.why_all,
    )


def _brought(folder: Path, target: Path, missing: ToolchainError, exports: Trimming) -> Module:
    """Put the module that the lab brings in its place, where there is one of this very source."""
    brought = prebuilt_for(folder)
    if brought is None:
        raise missing
    with writing_to(target.parent, _INSTEAD), made_folder(target.parent, ".build-") as scratch:
        fresh = Path(scratch) / target.name
        fresh.write_bytes(brought.path.read_bytes())
        exports.trim(fresh, steady=True)
        fresh.chmod(0o644)
        fresh.replace(target)
    return dataclasses.replace(
        read_module(target),
        folder=folder,
        reused=True,
        prebuilt=f"{brought.made_by}: {missing.what}",
        why_all=exports.why_all,
    )


def _module_file(target: Path, suffix: str) -> Path:
    """Return where the module goes, unless it would take the place of something else."""
    if target.exists() and not (target.is_file() and _may_be_replaced(target, suffix)):
        what = "Wasm module" if suffix == ".wasm" else "shared library"
        raise ConfigurationError(
            f"{target} is no {what}, and would be lost.",
            hint=f"name another file, such as one that ends in {suffix}",
        )
    return target


def _may_be_replaced(file: Path, suffix: str) -> bool:
    magic = _MAGICS[suffix]
    with file.open("rb") as opened:
        return file.suffix == suffix or opened.read(len(magic)) in (b"", magic)


def _default_output(
    folder: Path, compiler: Compiler, suffix: str, *, debug_info: bool, keep_exports: bool
) -> Path:
    if suffix == ".so":  # by what Envoy calls one that is named `native`
        return work_folder() / "build" / f"lib{folder.name}{suffix}"
    which = "-go" if compiler == "go" else ""
    which += "-lines" if debug_info else ""
    which += "-all" if keep_exports else ""
    return work_folder() / "build" / f"{folder.name}{which}{suffix}"


def _run(command: Command, folder: Path, target: Path, compiler: Compiler) -> None:
    result = command.run(folder, target)
    if result.returncode != 0 or not target.exists():
        raise compile_failure(result, folder, compiler)
