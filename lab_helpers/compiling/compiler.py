"""Compile a filter's Go source to Wasm, with TinyGo or with standard Go."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from lab_helpers.arguments import checked
from lab_helpers.compiling.cache import build_key, recall, remember
from lab_helpers.compiling.commands import (
    Command,
    Compiler,
    Toolchain,
    chosen_toolchain,
    command_for,
)
from lab_helpers.compiling.failures import compile_failure
from lab_helpers.compiling.modules import Module, read_module
from lab_helpers.compiling.old_sdk import old_sdk_failure
from lab_helpers.disk import made_folder, writing_to
from lab_helpers.errors import ConfigurationError
from lab_helpers.folders import repository_folder, work_folder
from lab_helpers.outputs import output_file
from lab_helpers.special_files import special_file

__all__ = ["compile_filter", "source_folder"]

# What every Wasm module begins with.
_WASM_MAGIC = b"\0asm"
_INSTEAD = "write to another folder: LAB_WORK names one, and so does `--output`"


@checked
def compile_filter(
    filter_dir: Path | str,
    output: Path | str | None = None,
    *,
    compiler: Compiler = "tinygo",
    reuse: bool = False,
    toolchain: Toolchain | None = None,
    image: str | None = None,
    debug_info: bool = False,
) -> Module:
    """Compile a filter.

    Args:
        filter_dir: The folder of the filter's `main` package; a module's own folder, or below one.
            From anywhere, `mine` is the learner's own of that name, and `token` or `filter/token`
            the lab's.
        output: The file to write; by default `build/<folder>.wasm` in the work folder.
        compiler: `tinygo` or `go`.
        reuse: Take the module of an earlier compilation if nothing that goes into it has changed.
        toolchain: `native` for this machine's TinyGo, `docker` for TinyGo's image; `LAB_TOOLCHAIN`
            names it else, and else it is `native`.
        image: The image for `docker`; `LAB_TINYGO_IMAGE` names it else, and else it is TinyGo's
            own.
        debug_info: Let TinyGo keep what tells the Go line of each instruction, so that a panic's
            line can be named. The module is up to ten times as large, and slower: its code is made
            for size, as that mixes lines up the least. Standard Go tells lines in any case.

    Returns:
        The module, with the exact command that made it.

    Raises:
        CompileError: The source does not compile; `problems` says where.
        ConfigurationError: There is no such folder, no such compiler or no such toolchain, or the
            output cannot be written.
        LabError: The disk became full.
        LaunchError: There is no Docker to ask, or the image cannot be had.
        ToolchainError: The compiler is missing.
    """
    folder = source_folder(filter_dir)
    if old := old_sdk_failure(folder):
        raise old
    target = _module_file(
        output_file(output or _default_output(folder, compiler, debug_info=debug_info))
    )
    where = chosen_toolchain(toolchain)
    command = command_for(compiler, folder, where, image, debug_info=debug_info)
    # Written beside its place and renamed: two compilations, or one that is interrupted, never
    # leave half a module where Envoy would read it.
    with (
        writing_to(target.parent, _INSTEAD),
        made_folder(target.parent, ".build-") as scratch,
    ):
        fresh = Path(scratch) / target.name
        began = time.monotonic()
        # What tells lines of Go names the files by their paths: elsewhere they are others.
        placed = debug_info or compiler != "tinygo"
        read = (*command.words, str(folder)) if placed else command.words
        key = build_key(folder, read, command.version)
        reused = reuse and key is not None and recall(key, fresh)
        if not reused:
            _run(command, folder, fresh, compiler)
        seconds = time.monotonic() - began
        # A file that was saved meanwhile may be in the module or not: such a one is not remembered.
        if not reused and key and key == build_key(folder, read, command.version):
            remember(key, fresh)
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
    )


def _module_file(target: Path) -> Path:
    """Return where the module goes, unless it would take the place of something else."""
    if target.exists() and not (target.is_file() and _may_be_replaced(target)):
        raise ConfigurationError(
            f"{target} is no Wasm module, and would be lost.",
            hint="name another file, such as one that ends in .wasm",
        )
    return target


def _may_be_replaced(file: Path) -> bool:
    with file.open("rb") as opened:
        return file.suffix == ".wasm" or opened.read(len(_WASM_MAGIC)) in (b"", _WASM_MAGIC)


def source_folder(filter_dir: Path | str) -> Path:
    """Return the folder that a filter is compiled from.

    Args:
        filter_dir: As for `compile_filter`.

    Raises:
        ConfigurationError: There is no such folder, or no Go in it.
    """
    named = Path(filter_dir).expanduser()
    # A notebook need not know where it lies: the lab's own filters and the learner's are found too.
    places = (
        Path(),
        repository_folder(),
        work_folder() / "filters",
        repository_folder() / "filter",
    )
    folder = next((at for place in places if (at := (place / named).resolve()).is_dir()), named)
    if not folder.is_dir():
        raise ConfigurationError(
            f"There is no folder {filter_dir}.", hint="name a filter's folder, such as filter/token"
        )
    if not any(folder.glob("*.go")):
        raise ConfigurationError(
            f"The folder {filter_dir} holds no .go file.",
            hint="name the folder that holds main.go, such as filter/token",
        )
    for file in folder.glob("*.go"):
        if special := special_file(file):
            raise ConfigurationError(
                f"{file} is {special}, not a file of Go.", hint="take it out of the filter's folder"
            )
    return folder


def _default_output(folder: Path, compiler: Compiler, *, debug_info: bool) -> Path:
    suffix = "" if compiler == "tinygo" else f"-{compiler}"
    suffix += "-lines" if debug_info else ""
    return work_folder() / "build" / f"{folder.name}{suffix}.wasm"


def _run(command: Command, folder: Path, target: Path, compiler: Compiler) -> None:
    result = command.run(folder, target)
    if result.returncode != 0 or not target.exists():
        raise compile_failure(result, folder, compiler)
