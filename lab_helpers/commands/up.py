"""The article's own run: its ports, its period, until Ctrl-C; or the same with another filter."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lab_helpers.board.levels import USUAL_LEVEL
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import (
    tell_fetches,
    tell_home,
    tell_notice,
    tell_silence,
    tell_token,
)
from lab_helpers.commands.failed import (
    compile_telling_lines,
    is_token_filter,
    say_failures,
)
from lab_helpers.commands.own_configuration import own_configuration
from lab_helpers.commands.signals import stop_on_signals
from lab_helpers.compiling.modules import Module
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.configuration import Configuration
from lab_helpers.envoy.placement import Given
from lab_helpers.envoy.rounds import Round
from lab_helpers.figures.log_rows import log_rows
from lab_helpers.launch import choose_launcher
from lab_helpers.launch.ports import check_ports

__all__ = ["run_up"]

_REPORT_S = 1.0
_TOKEN = Path("filter/token")
_TICK_MS = 15_000


def run_up(  # noqa: PLR0913  # each is an option of the command
    console: Console,
    *,
    workers: int,
    tick_ms: int | None,
    port: int,
    admin_port: int,
    filter_dir: Path | str | None = None,
    configuration: Path | str | None = None,
    settings: Mapping[str, object] | None = None,
    launcher: str | None = None,
    log_level: str = USUAL_LEVEL,
    watched: str | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Run a filter with the given ports until Ctrl-C or SIGTERM.

    Args:
        console: Where to print.
        workers: How many workers.
        tick_ms: The token filter's tick period in milliseconds, which another filter is not told;
            None for the article's, or for what the given configuration says.
        port: The listener's port; 0 for a free one.
        admin_port: The admin port; 0 for a free one.
        filter_dir: The filter's folder, as `compile_filter` takes it; None for the token filter,
            or for the code that the given configuration names.
        configuration: Somebody's own Envoy configuration; None for the filter's or the article's.
        settings: Fields of the filter's plugin configuration.
        launcher: `native`, `docker`, or None for whichever is there.
        log_level: From which level on the filter's own lines are shown.
        watched: The filter whose saves are brought to life while it runs; None for none.
        stop: Set from elsewhere to end it too.

    Raises:
        LabError: A port is taken, the filter does not compile, it does not fit the configuration,
            or Envoy did not start or ended by itself.
    """
    given = None if configuration is None else Configuration.read(configuration)
    if given is None and filter_dir is not None:
        given = own_configuration(filter_dir)
    chosen = choose_launcher(launcher)
    chosen.prepare(console)
    chosen.clear_leftovers()  # one of an earlier run may hold the ports
    # Asked before the filter is compiled: nobody should wait to hear this.
    check_ports(port, admin_port)
    module, token = None, False
    if filter_dir is not None or given is None:
        folder = _TOKEN if filter_dir is None else filter_dir
        token = is_token_filter(folder)
        module = compile_telling_lines(console, folder)
    told = _settings(tick_ms, settings, token=token, theirs=given is not None)
    envoy = Envoy(
        module,
        workers=workers,
        settings=told,
        configuration=given,
        launcher=chosen,
        port=port,
        admin_port=admin_port,
        log_level=log_level,
    )
    envoy.start()
    stop = stop or threading.Event()
    # Not before: Ctrl-C ends a compilation, and a start, as it ends any command.
    stop_on_signals(stop)
    try:
        _say_where_modules_are(console, envoy)
        if watched is not None:
            envoy.watch(watched, tell=lambda done: _say_round(console, done))
            console.print(
                f"  Each save of {escape(watched)} is tried, compiled and loaded.",
                highlight=False,
            )
        period = told.get("tick_ms") if token else None
        _say_what_to_try(console, envoy, period if isinstance(period, int | float) else None)
        ticks, lines, failed, notice = 0, 0, 0.0, ""
        while not stop.wait(_REPORT_S):
            picture = envoy.snapshot()
            ticks = _say_ticks(console, picture, ticks)
            lines = _say_lines(console, picture, lines)
            failed = say_failures(console, picture, _only(envoy.module), failed)
            notice = _say_notice(console, picture, notice)
            envoy.check()
    finally:
        envoy.stop()
    console.print("Stopped: nothing is left running.")


def _only(given: Given) -> Module | None:
    """Return the module that runs: a reload may have brought another."""
    return given if isinstance(given, Module) else None


def _say_round(console: Console, done: Round) -> None:
    """Print what became of a save."""
    console.print(escape(str(done)), highlight=False, soft_wrap=True)


def _settings(
    tick_ms: int | None,
    settings: Mapping[str, object] | None,
    *,
    token: bool,
    theirs: bool,
) -> dict[str, object]:
    """Return what the filter is told: somebody's own configuration is not told more than asked."""
    told: dict[str, object] = {}
    if token:
        if not theirs:
            told = {"tick_ms": _TICK_MS, "vm_header": "x-wasm-vm"}
        if tick_ms is not None:
            told["tick_ms"] = tick_ms
    return told | dict(settings or {})


def _say_where_modules_are(console: Console, envoy: Envoy) -> None:
    """Print which module runs where, and what works otherwise than one may think."""
    for line in (*map(str, envoy.modules), *envoy.notes):
        console.print(f"  {escape(line)}", highlight=False, soft_wrap=True)


def _say_what_to_try(console: Console, envoy: Envoy, tick_ms: float | None) -> None:
    each = f"Each of {envoy.workers} workers" if envoy.workers > 1 else "The worker"
    given = envoy.module
    if isinstance(given, Module) and given.library:
        each, does = "One dynamic module", " serves all workers; what it logs is shown here."
    else:
        does = _what_a_vm_does(tick_ms)
    where = envoy.url if envoy.speaks else "no TCP port"
    lines = [
        f"[bold green]✓[/] Envoy listens on {where}, its admin port on {envoy.admin_url}.",
        *([f"  {each}{does}"] if envoy.modules else []),
        *_try(envoy),
        "  Ctrl-C ends it.",
    ]
    if envoy.workers > 1 and tick_ms is not None:
        several = f"seq 8 | xargs -P 8 -I {{}} curl -si {envoy.url}/ | grep x-wasm-vm"
        lines.insert(-1, f"  One request at a time meets one worker. Several at once:  {several}")
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def _what_a_vm_does(tick_ms: float | None) -> str:
    does = (
        "runs the filter in a VM of its own; what it logs is shown here."
        if tick_ms is None
        else f"asks for a token every {tick_ms / 1000:g} s; x-auth appears after the first."
    )
    return f" and the main thread {does}"


def _try(envoy: Envoy) -> list[str]:
    """Return what to type to ask it: an HTTP request, or bytes."""
    if not envoy.speaks:
        return []
    url = envoy.url
    host, _, port = url.removeprefix("http://").partition(":")
    words = f"curl -i {url}/" if envoy.speaks == "http" else f"echo hello | nc {host} {port}"
    return [f"  Try in another terminal:  [bold]{words}[/]"]


def _say_ticks(console: Console, picture: Snapshot, told: int) -> int:
    """Print one line for each round of ticks; return how many ticks have been told of."""
    ticks = sum(thread.ticks for thread in picture.threads)
    if ticks == told:
        return told
    whole = all(picture.count(thread, "ticks").whole for thread in picture.threads)
    line = f"  {ticks} ticks{'' if whole else ' seen'}, {picture.calls} calls"
    if any(thread.vm or thread.token for thread in picture.threads):
        tokens = ", ".join(
            f"{thread.name} ({tell_home(thread)}) {tell_token(picture, thread)}"
            for thread in picture.threads
        )
        line += f"; tokens: {tokens}"
    else:
        callouts = [tell_fetches(picture, thread).text for thread in picture.threads]
        names = (thread.name for thread in picture.threads)
        if set(callouts) != {"none"}:
            line += f"; callouts: {', '.join(map(' '.join, zip(names, callouts, strict=True)))}"
    console.print(escape(line), highlight=False, soft_wrap=True)
    return ticks


def _say_notice(console: Console, picture: Snapshot, told: str) -> str:
    """Print what is not whole, or that nothing ticks, when that changes; return what was told."""
    said = tell_notice(picture)
    if not said and {tell_silence(picture, each).text for each in picture.threads} == {"no timer"}:
        said = "This filter sets no timer, so nothing ticks."
    if said and said != told:
        console.print(escape(f"  {said}"), highlight=False, soft_wrap=True)
    return said


def _say_lines(console: Console, picture: Snapshot, told: int) -> int:
    """Print what filters said since, by thread; return how many lines have been told of."""
    fresh = [row for row in log_rows(picture) if row.number > told]
    missed = picture.lines_total - told - len(fresh)
    if missed:
        console.print(f"  … {missed} lines more than can be shown")
    for row in fresh:
        level = "" if row.level == USUAL_LEVEL else f"{row.level}: "
        # What a filter writes goes to a terminal as text: its escapes are spelled out.
        first, *more = row.text.split("\n")
        for line in (f"  {row.thread}: {level}{first}", *(f"      {part}" for part in more)):
            console.print(escape(line), highlight=False, soft_wrap=True)
    return picture.lines_total
