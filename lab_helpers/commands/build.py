"""The command `lab build`: compile a filter, and say what compiles but will not do as it seems."""

from __future__ import annotations

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape

from lab_helpers.commands.failed import say_prebuilt
from lab_helpers.compiling.commands import (
    Compiler,
    Toolchain,
    chosen_compiler,
    prepare_toolchain,
)
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.compiling.modules import Module
from lab_helpers.filter_names import source_folder
from lab_helpers.go_helper import AdviceBeside, AdviceGiven
from lab_helpers.languages import language_of

__all__ = ["run_build"]

_CALLBACK = "proxy_on_"
_KB_TO_SAY_WHOLE = 10_000


def run_build(
    console: Console,
    errors: Console,
    filter_dir: Path,
    output: Path | None,
    *,
    compiler: Compiler | None,
    toolchain: Toolchain | None,
    image: str | None,
    keep_exports: bool,
    as_json: bool,
) -> None:
    """Compile a filter, and show what came of it; the advice on its source comes after that.

    Args:
        console: Where the result goes.
        errors: Where the progress goes.
        filter_dir: The filter's folder.
        output: The file to write; None for the usual one.
        compiler: Which compiler; None for the usual one of the language.
        toolchain: This machine's, or TinyGo's image.
        image: TinyGo's image.
        keep_exports: Whether the exports stay that lead to no code of the filter.
        as_json: Whether to print JSON instead.

    Raises:
        LabError: It does not compile, or cannot be compiled here.
    """
    folder = source_folder(filter_dir)
    chosen_compiler(compiler, folder)  # refused before an image is fetched for it
    prepare_toolchain(errors, toolchain, image, folder=folder)
    beside = AdviceBeside(folder) if language_of(folder) == "go" else None
    module = compile_filter(
        filter_dir,
        output,
        compiler=compiler,
        toolchain=toolchain,
        image=image,
        keep_exports=keep_exports,
    )
    if as_json:
        typer.echo(
            json.dumps(module.as_json() | (beside.wait().as_json() if beside else {}), indent=2)
        )
        return
    console.print(f"[green]✓[/] {escape(str(module.path))}", highlight=False, soft_wrap=True)
    say_prebuilt(console, module)
    console.print(f"  {_size(module)}{'' if module.prebuilt else _effort(module)}")
    console.print(f"  {len(module.imports)} imports, {len(module.exports)} exports")
    if not keep_exports:
        console.print(f"  {escape(_exports(module))}", highlight=False, soft_wrap=True)
    if module.shell_line:
        console.print(f"  {escape(module.shell_line)}", highlight=False, soft_wrap=True)
    if beside is not None:
        _show_advice(console, beside.wait())


def _size(module: Module) -> str:
    return f"{module.bytes / 1000:.{0 if module.bytes >= _KB_TO_SAY_WHOLE else 1}f} KB"


def _exports(module: Module) -> str:
    """Say what was left out, or why nothing was."""
    if not module.removed:
        return f"all exports stay: {module.why_all or 'each leads to code of the filter'}"
    saved = module.full_bytes - module.bytes
    names = ", ".join(name.removeprefix(_CALLBACK) for name in module.removed)
    return (
        f"{saved / 1000:,.1f} KB ({saved / module.full_bytes:.0%}) smaller without"
        f" {len(module.removed)} exports that lead to no code of the filter ({_CALLBACK}… {names});"
        " --keep-exports keeps them"
    )


def _effort(module: Module) -> str:
    return f" in {module.seconds:.1f} s by {module.compiler}"


def _show_advice(console: Console, given: AdviceGiven) -> None:
    for one in given.advice:
        console.print(f"[yellow]![/] {escape(str(one))}", highlight=False, soft_wrap=True)
    if given.missing:
        said = f"  no advice on the source: {escape(given.missing)}"
        console.print(f"[dim]{said}[/]", highlight=False, soft_wrap=True)
