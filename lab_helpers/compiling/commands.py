"""Which compiler a filter is compiled with, and from where it comes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast, get_args

from lab_helpers.compiling.c_commands import c_command, usual_c_compiler
from lab_helpers.compiling.command import Command
from lab_helpers.compiling.dynamic_modules import library_command
from lab_helpers.compiling.go_commands import go_command
from lab_helpers.compiling.rust_commands import rust_command
from lab_helpers.errors import ConfigurationError
from lab_helpers.languages import LANGUAGES, Language, language_of

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "COMPILERS",
    "COMPILER_NAMES",
    "Compiler",
    "Toolchain",
    "chosen_compiler",
    "chosen_toolchain",
    "command_for",
    "prepare_toolchain",
]

Compiler = Literal["tinygo", "go", "cargo", "clang", "zig"]
Toolchain = Literal["native", "docker"]

COMPILERS: Mapping[Language, tuple[Compiler, ...]] = {
    "go": ("tinygo", "go"),
    "rust": ("cargo",),
    "c": ("clang", "zig"),
    "native": ("go",),
}
"""What compiles each language; the first is the usual one, where both are there."""

COMPILER_NAMES: Mapping[Compiler, str] = {
    "tinygo": "TinyGo",
    "go": "standard Go",
    "cargo": "Cargo",
    "clang": "clang",
    "zig": "Zig",
}
"""What each is called where a person reads of it."""


def prepare_toolchain(
    console: Console | None = None,
    toolchain: str | None = None,
    image: str | None = None,
    *,
    folder: Path | None = None,
) -> Toolchain:
    """Fetch TinyGo's image unless it is there, with a progress bar, if it is to compile.

    Args:
        console: Where to show progress; standard output by default.
        toolchain: As for `compile_filter`.
        image: As for `compile_filter`.
        folder: The filter's folder; None for one in Go. Of Go alone there is an image: nobody
            should wait for it, and hear that it does no other.

    Returns:
        The toolchain that is to compile.

    Raises:
        ConfigurationError: There is no such toolchain.
        LaunchError: There is no Docker to ask, or the image cannot be had.
    """
    chosen = chosen_toolchain(toolchain)
    if folder is not None and language_of(folder) != "go":
        return "native"
    if chosen == "docker":
        # Loaded here: docker-py takes a quarter of a second, which most people need not spend.
        from lab_helpers.toolchain.tinygo_docker import fetch_image  # noqa: PLC0415

        fetch_image(image, console)
    return chosen


def chosen_toolchain(asked: str | None = None) -> Toolchain:
    """Return where the compiler comes from: as asked, else `LAB_TOOLCHAIN`, else this machine.

    Args:
        asked: `native` or `docker`; None or "" for none.

    Raises:
        ConfigurationError: It is another word.
    """
    named = asked or os.environ.get("LAB_TOOLCHAIN") or "native"
    for toolchain in get_args(Toolchain):
        if toolchain == named:
            return cast("Toolchain", toolchain)
    raise ConfigurationError(
        f"There is no toolchain {named!r} in the lab.",
        hint=f"one of: {', '.join(get_args(Toolchain))}",
    )


def chosen_compiler(asked: Compiler | None, folder: Path) -> Compiler:
    """Return the compiler for a filter: as asked, else the usual one of its language.

    Args:
        asked: Which; None for the usual one.
        folder: The filter's folder.

    Raises:
        ConfigurationError: There is no such compiler, or it is another language's.
    """
    language = language_of(folder)
    fitting = COMPILERS[language]
    if asked is None:
        return usual_c_compiler() if language == "c" else fitting[0]
    if asked not in get_args(Compiler):
        raise ConfigurationError(
            f"There is no compiler {asked!r} in the lab.",
            hint=f"one of: {', '.join(get_args(Compiler))}",
        )
    if asked not in fitting:
        raise ConfigurationError(
            f"{folder.name} is written in {LANGUAGES[language].name}, which {asked} does not"
            " compile.",
            hint=f"leave the compiler out, or name one of: {', '.join(fitting)}",
        )
    return asked


def command_for(
    compiler: Compiler,
    folder: Path,
    toolchain: Toolchain,
    image: str | None,
    *,
    debug_info: bool = False,
) -> Command:
    """Return the command that compiles a filter.

    Args:
        compiler: Which compiler, as `chosen_compiler` returns it.
        folder: The filter's folder.
        toolchain: Where the compiler comes from.
        image: As for `compile_filter`.
        debug_info: As for `compile_filter`.

    Raises:
        ConfigurationError: The compiler is not to be had in that toolchain.
        LaunchError: There is no Docker to ask, or the image cannot be had.
        ToolchainError: The compiler is missing.
    """
    language = language_of(folder)
    if language == "go":
        return go_command(compiler, folder, toolchain, image, debug_info=debug_info)
    if toolchain == "docker":
        raise ConfigurationError(
            f"In Docker the lab compiles Go, with TinyGo; {folder.name} is written in"
            f" {LANGUAGES[language].name}.",
            hint="take this machine's compiler: --toolchain native",
        )
    if language == "c":
        return c_command(compiler, folder, debug_info=debug_info)
    if language == "rust":
        return rust_command(folder)
    return library_command()
