"""Compile a filter so that a panic's line can be told, and say in a terminal which VMs failed."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lab_helpers.board.snapshot import Snapshot
from lab_helpers.compiling.commands import prepare_toolchain
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy.failed_vms import failed_vms
from lab_helpers.filter_names import source_folder
from lab_helpers.folders import repository_folder
from lab_helpers.plain_text import plain_text

__all__ = ["compile_telling_lines", "is_token_filter", "say_failures", "say_prebuilt"]


def compile_telling_lines(console: Console, filter_dir: Path | str) -> Module:
    """Compile a filter so that a panic names its line of Go.

    The token filter is compiled as ever: it is ready from the lab's setup on, which saves a person
    half a minute, and nobody is just working on it.

    Args:
        console: Where to say that it is being compiled, or that the lab brings it.
        filter_dir: The filter's folder, as `compile_filter` takes it.

    Raises:
        LabError: It does not compile, or TinyGo's image cannot be had.
    """
    folder = source_folder(filter_dir)
    prepare_toolchain(console, folder=folder)
    module = compile_filter(filter_dir, reuse=True, debug_info=not is_token_filter(filter_dir))
    say_prebuilt(console, module)
    return module


def say_prebuilt(console: Console, module: Module) -> None:
    """Print that a module is one that the lab brings, and what is missing, where that is so.

    Args:
        console: Where to print.
        module: The module.
    """
    if module.prebuilt:
        made_by, _, missing = module.prebuilt.partition(": ")
        said = f"  ! {missing} So this is the module that the lab brings, made by {made_by}."
        console.print(escape(said), highlight=False, soft_wrap=True)


def is_token_filter(filter_dir: Path | str) -> bool:
    """Return whether a folder is that of the lab's own token filter.

    Args:
        filter_dir: The filter's folder, as `compile_filter` takes it.

    Raises:
        ConfigurationError: There is no such folder, or no Go in it.
    """
    return source_folder(filter_dir) == repository_folder() / "filter" / "token"


def say_failures(console: Console, picture: Snapshot, module: Module | None, since: float) -> float:
    """Print each VM that failed since; return when the last one did.

    Args:
        console: Where to print.
        picture: The board.
        module: The filter that runs.
        since: What the last call returned; 0 at first.
    """
    last = picture.failing[-1].time if picture.failing else since
    if last <= since:  # the lines of Go are read from the module's file: not each second
        return since
    for failed in failed_vms(picture, module):
        if failed.failure.time > since:
            quoted = "\n".join(f"    | {line}" for line in failed.quote.splitlines())
            # What a filter panics with goes to a terminal as text: its escapes are spelled out.
            said = plain_text(f"  ✗ {failed.what}\n{quoted}")
            console.print(f"[bold red]{escape(said)}[/]", highlight=False, soft_wrap=True)
    return last
