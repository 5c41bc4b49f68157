"""The command `lab`: each subcommand is a few lines around a function a notebook could call."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape

from lab_helpers.commands import bundle_commands, go_commands
from lab_helpers.commands.follow_command import follow
from lab_helpers.commands.manifests_command import manifests
from lab_helpers.commands.reset_command import reset
from lab_helpers.commands.signals import ended_in_order, loading
from lab_helpers.commands.watch_command import watch
from lab_helpers.errors import LabError
from lab_helpers.terminal import terminal

__all__ = ["main"]

app = typer.Typer(
    name="lab",
    help="Learn how Envoy runs WebAssembly: compile a filter, run it, watch every worker.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(go_commands.app)
app.add_typer(bundle_commands.app)
# What a shell says of a command that Ctrl-C ended: 128 + SIGINT.
_INTERRUPTED = 130
_ENDED_BY_A_SIGNAL = (_INTERRUPTED, 128 + 1, 128 + 15)
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
_console = terminal()
_errors = terminal(stderr=True)

LauncherName = Literal["native", "docker"]
CompilerName = Literal["tinygo", "go", "cargo", "clang", "zig"]
LogLevel = Literal["debug", "info", "warning", "error", "critical"]
ToolchainName = Literal["native", "docker"]

Workers = Annotated[int, typer.Option(min=1, max=256, help="Envoy's worker threads.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
Configuration = Annotated[
    Path | None,
    typer.Option(help="An Envoy configuration of your own; what it names is relative to it."),
]
Launcher = Annotated[LauncherName | None, typer.Option(help="How Envoy runs; else what is there.")]


def main() -> None:
    """Run the command; a `LabError` becomes its message and exit code 1, never a stack trace."""
    for stream in (sys.stdout, sys.stderr):
        # An old locale knows no ✓ and no ✗: their names are long, but tell them apart.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="namereplace")
    try:
        with ended_in_order():
            app()
    except LabError as error:
        said = "\n".join([str(error), *getattr(error, "__notes__", ())])
        _errors.print(f"[bold red]✗[/] {escape(said)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        _errors.print("Interrupted.")
        sys.exit(_INTERRUPTED)
    except SystemExit as end:
        if end.code in _ENDED_BY_A_SIGNAL:
            _errors.print("Interrupted.")
        raise
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        _errors.print(f"[bold red]✗[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        _errors.print("Try: free some space, or write to another disk")
        os._exit(1)  # what is still to be written has nowhere to go


@app.command()
def setup() -> None:
    """Install what is missing: TinyGo, Go's modules, the token filter's; copy the lessons."""
    with loading():
        from lab_helpers.commands.setting_up import run_setup  # noqa: PLC0415  # quick `lab --help`

    run_setup(_console)


@app.command()
def doctor(*, as_json: Json = False) -> None:
    """Say what is there, what is missing, and what to do about it."""
    with loading():
        from lab_helpers import doctor as examination  # noqa: PLC0415

    report = examination.examine()
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
    else:
        examination.render(report, _console)
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def build(
    filter_dir: Annotated[
        Path, typer.Argument(help="A filter: its name, such as token, or its folder.")
    ],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The file to write.")
    ] = None,
    compiler: Annotated[
        CompilerName | None, typer.Option(help="Which compiler; else the language's usual one.")
    ] = None,
    toolchain: Annotated[
        ToolchainName | None,
        typer.Option(help="This machine's, or TinyGo's image; else LAB_TOOLCHAIN, else native."),
    ] = None,
    image: Annotated[
        str | None, typer.Option(help="TinyGo's image for --toolchain docker.")
    ] = None,
    keep_exports: Annotated[
        bool,
        typer.Option("--keep-exports", help="Keep the exports that lead to no code of the filter."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Compile a filter to Wasm; a dynamic module to a library (.so)."""
    with loading():
        from lab_helpers.commands.build import run_build  # noqa: PLC0415

    run_build(
        _console,
        _errors,
        filter_dir,
        output,
        compiler=compiler,
        toolchain=toolchain,
        image=image,
        keep_exports=keep_exports,
        as_json=as_json,
    )


@app.command()
def demo(
    *,
    workers: Workers = 2,
    tick_ms: Annotated[int, typer.Option(min=1, help="The tick period in ms.")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long to watch.")] = 8.0,
    compiler: Annotated[
        CompilerName | None, typer.Option(help="Which compiler; else the language's usual one.")
    ] = None,
    configuration: Configuration = None,
    launcher: Launcher = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write a report here; - for standard output.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Where the picture goes.")] = None,
) -> None:
    """Show the whole thing once: compile, start, watch, ask every worker, verify."""
    with loading():
        from lab_helpers.commands.demo_view import show_demo  # noqa: PLC0415
        from lab_helpers.outputs import output_file  # noqa: PLC0415

    # Where the report is the output, the rest is said beside it.
    to_stdout = json_file == Path("-")
    report_file = output_file(json_file) if json_file and not to_stdout else None
    console = _errors if to_stdout else _console
    report = show_demo(
        console,
        picture,
        workers=workers,
        tick_ms=tick_ms,
        seconds=seconds,
        compiler=compiler,
        configuration=configuration,
        launcher=launcher,
    )
    written = json.dumps(report.as_json(), indent=2)
    if to_stdout:
        typer.echo(written)
    elif report_file is not None:
        report_file.write_text(f"{written}\n", encoding="utf-8")
        console.print(f"The report: {escape(str(report_file))}", highlight=False, soft_wrap=True)
    raise typer.Exit(1 if report.shortcomings else 0)


@app.command()
def up(
    filter_dir: Annotated[
        Path | None, typer.Argument(help="A filter: its name or its folder.")
    ] = None,
    *,
    workers: Workers = 2,
    tick_ms: Annotated[
        int | None, typer.Option(min=1, help="The token filter's tick period in ms; 15000 else.")
    ] = None,
    configuration: Configuration = None,
    settings: Annotated[
        str | None,
        typer.Option(help="The filter's settings: a JSON object, or @FILE that holds one."),
    ] = None,
    port: Annotated[int, typer.Option(help="The listener's port; 0 for a free one.")] = 10_000,
    admin_port: Annotated[int, typer.Option(help="The admin port; 0 for a free one.")] = 9_901,
    launcher: Launcher = None,
    log_level: Annotated[
        LogLevel, typer.Option(help="From which level on the filter's own lines are shown.")
    ] = "info",
) -> None:
    """Run the article's Envoy until Ctrl-C: ports 10000 and 9901, a tick every 15 s."""
    with loading():
        from lab_helpers.commands.given_settings import read_settings  # noqa: PLC0415
        from lab_helpers.commands.up import run_up  # noqa: PLC0415

    run_up(
        _console,
        filter_dir=filter_dir,
        configuration=configuration,
        settings=read_settings(settings),
        workers=workers,
        tick_ms=tick_ms,
        port=port,
        admin_port=admin_port,
        launcher=launcher,
        log_level=log_level,
    )


app.command()(follow)
app.command()(watch)
app.command()(manifests)
app.command()(reset)


@app.command()
def progress(*, as_json: Json = False) -> None:
    """Say what you have done of the lessons."""
    with loading():
        from lab_helpers.lessons.exercises.shelf import progress as done  # noqa: PLC0415

    report = done()
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=2))
    else:
        _console.print(escape(report.table().text), highlight=False, soft_wrap=True)


@app.command()
def token_api(
    *,
    port: Annotated[int, typer.Option(help="The port; 0 for a free one.")] = 8_080,
    docker: Annotated[
        bool, typer.Option("--docker", help="Listen for this machine's containers, too.")
    ] = False,
) -> None:
    """Serve tokens alone until Ctrl-C, for an Envoy that you start yourself."""
    with loading():
        from lab_helpers.commands.serve_tokens import serve_tokens  # noqa: PLC0415

    serve_tokens(_console, port=port, docker=docker)


@app.command()
def clean() -> None:
    """End what an earlier crash of the lab left running."""
    with loading():
        from lab_helpers.launch import clear_all_leftovers  # noqa: PLC0415

    ended = clear_all_leftovers()
    _console.print(
        f"[green]✓[/] {ended} left-over processes and containers ended."
        if ended
        else "Nothing left."
    )


if __name__ == "__main__":
    main()
