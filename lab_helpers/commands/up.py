"""The article's own run: its ports, its period, until Ctrl-C; or the same with another filter."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from lab_helpers.board.events import FilterSaid
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.board.telling import (
    tell_fetches,
    tell_notice,
    tell_silence,
    tell_token,
    tell_vm,
)
from lab_helpers.compiling.commands import prepare_toolchain
from lab_helpers.compiling.compiler import compile_filter
from lab_helpers.envoy import Envoy
from lab_helpers.folders import repository_folder
from lab_helpers.launch import choose_launcher
from lab_helpers.launch.ports import check_ports

__all__ = ["run_up", "stop_on_signals"]

_REPORT_S = 1.0
_TOKEN = Path("filter/token")


def run_up(
    console: Console,
    *,
    workers: int,
    tick_ms: int,
    port: int,
    admin_port: int,
    filter_dir: Path | str = _TOKEN,
    launcher: str | None = None,
    stop: threading.Event | None = None,
) -> None:
    """Run a filter with the given ports until Ctrl-C or SIGTERM.

    Args:
        console: Where to print.
        workers: How many workers.
        tick_ms: The token filter's tick period in milliseconds; another filter is not told it.
        port: The listener's port; 0 for a free one.
        admin_port: The admin port; 0 for a free one.
        filter_dir: The filter's folder, as `compile_filter` takes it.
        launcher: `native`, `docker`, or None for whichever is there.
        stop: Set from elsewhere to end it too.

    Raises:
        LabError: A port is taken, the filter does not compile, or Envoy did not start or ended by
            itself.
    """
    chosen = choose_launcher(launcher)
    chosen.prepare(console)
    prepare_toolchain(console)
    chosen.clear_leftovers()  # one of an earlier run may hold the ports
    # Asked before the filter is compiled: nobody should wait to hear this.
    check_ports(port, admin_port)
    with console.status(f"Compiling {escape(str(filter_dir))} with tinygo"):
        module = compile_filter(filter_dir, reuse=True)
    fetches = module.folder == repository_folder() / _TOKEN
    envoy = Envoy(
        module,
        workers=workers,
        settings={"tick_ms": tick_ms, "vm_header": "x-wasm-vm"} if fetches else None,
        launcher=chosen,
        port=port,
        admin_port=admin_port,
    )
    with console.status("Starting Envoy"):
        envoy.start()
    stop = stop or threading.Event()
    # Not before: Ctrl-C ends a compilation, and a start, as it ends any command.
    stop_on_signals(stop)
    try:
        _say_what_to_try(console, envoy, tick_ms if fetches else None)
        ticks, lines, notice = 0, 0, ""
        while not stop.wait(_REPORT_S):
            picture = envoy.snapshot()
            ticks = _say_ticks(console, picture, ticks)
            lines = _say_lines(console, picture, lines)
            notice = _say_notice(console, picture, notice)
            envoy.check()
    finally:
        envoy.stop()
    console.print("Stopped: nothing is left running.")


def stop_on_signals(stop: threading.Event) -> None:
    """Let Ctrl-C and SIGTERM end the wait; only the main thread may ask for that.

    Args:
        stop: Set when one comes.
    """
    if threading.current_thread() is not threading.main_thread():
        return

    def set_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, set_stop)


def _say_what_to_try(console: Console, envoy: Envoy, tick_ms: int | None) -> None:
    each = f"Each of {envoy.workers} workers" if envoy.workers > 1 else "The worker"
    does = (
        "runs the filter in a VM of its own; what it logs is shown here."
        if tick_ms is None
        else f"asks for a token every {tick_ms / 1000:g} s; x-auth appears after the first."
    )
    lines = [
        f"[bold green]✓[/] Envoy listens on {envoy.url}, its admin port on {envoy.admin_url}.",
        f"  {each} and the main thread {does}",
        f"  Try in another terminal:  [bold]curl -i {envoy.url}/[/]",
        "  Ctrl-C ends it.",
    ]
    if envoy.workers > 1 and tick_ms is not None:
        several = f"seq 8 | xargs -P 8 -I {{}} curl -si {envoy.url}/ | grep x-wasm-vm"
        lines.insert(-1, f"  One request at a time meets one worker. Several at once:  {several}")
    for line in lines:
        console.print(line, highlight=False, soft_wrap=True)


def _say_ticks(console: Console, picture: Snapshot, told: int) -> int:
    """Print one line for each round of ticks; return how many ticks have been told of."""
    ticks = sum(thread.ticks for thread in picture.threads)
    if ticks == told:
        return told
    whole = all(picture.count(thread, "ticks").whole for thread in picture.threads)
    line = f"  {ticks} ticks{'' if whole else ' seen'}, {picture.calls} calls"
    if any(thread.vm or thread.token for thread in picture.threads):
        tokens = ", ".join(
            f"{thread.name} (VM {tell_vm(thread)}) {tell_token(picture, thread)}"
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
    names = {thread.tid: thread.name for thread in picture.threads}
    fresh = picture.lines_total - told
    if fresh > len(picture.lines):
        console.print(f"  … {fresh - len(picture.lines)} lines more than can be shown")
    for line in picture.lines[-fresh:] if fresh else ():
        text = line.text if isinstance(line, FilterSaid) else f"failed: {line.reason}"
        name = names.get(line.tid, f"thread {line.tid}")
        console.print(escape(f"  {name}: {text}"), highlight=False, soft_wrap=True)
    return picture.lines_total
