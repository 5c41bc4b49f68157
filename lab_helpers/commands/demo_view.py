"""What `lab demo` prints: progress while it runs, then a table, two sentences and a picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import rich.box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from lab_helpers.board.libraries import has_no_vm
from lab_helpers.board.snapshot import MAIN, Snapshot, Thread
from lab_helpers.board.telling import tell_fetches, tell_home, tell_token, tell_vm
from lab_helpers.commands.demo import DemoReport, JudgedAnswer, run_demo
from lab_helpers.commands.signals import loading
from lab_helpers.compiling.commands import prepare_toolchain
from lab_helpers.figures.files import picture_file, save_figure
from lab_helpers.figures.words import describe_lanes
from lab_helpers.folders import work_folder
from lab_helpers.launch import choose_launcher
from lab_helpers.outputs import output_file
from lab_helpers.waits import told_elsewhere

__all__ = ["show_demo"]

# A narrower terminal would cut the table's words: `worker_0` and `worker_1` would both be `wo…`.
_TABLE_WIDTH = 78


class _Watching:
    """The progress bar, and a line for each thing that happens for the first time."""

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress
        self._task: TaskID | None = None
        self._told: set[str] = set()

    def step(self, text: str) -> None:
        """Begin a step."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._console.print(f"[cyan]·[/] {escape(text)}", highlight=False)
        self._task = self._progress.add_task(text, total=None)

    def look(self, picture: Snapshot, share: float) -> None:
        """Move the bar, and tell each thread's first tick and first token."""
        if self._task is not None:
            ticks = sum(thread.ticks for thread in picture.threads)
            self._progress.update(
                self._task, total=1.0, completed=share, description=f"{ticks} ticks so far"
            )
        for thread in picture.threads:
            if thread.ticks:
                self._tell(f"{thread.name} ticks in {tell_home(thread)}")
            if thread.token:
                self._tell(f"{thread.name} got token {thread.token.fingerprint}")

    def _tell(self, text: str) -> None:
        if text.rpartition(" ")[0] in self._told:
            return
        self._told.add(text.rpartition(" ")[0])
        self._console.print(f"    {text}", highlight=False)


def show_demo(console: Console, picture: Path | None, **options: Any) -> DemoReport:  # noqa: ANN401  # run_demo types them
    """Run the demo, and show it.

    Args:
        console: Where to print.
        picture: Where to write the picture of the ticks; `demo.png` in the work folder else.
        **options: What `run_demo` takes.

    Returns:
        The report.

    Raises:
        LabError: A step could not be taken.
    """
    file = output_file(picture_file(picture or work_folder() / "demo.png"))
    options["launcher"] = launcher = choose_launcher(options.get("launcher"))
    launcher.prepare(console)  # before the bar below: it has one of its own
    prepare_toolchain(console)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    with told_elsewhere(), Progress(*columns, console=console, transient=True) as progress:
        watching = _Watching(console, progress)
        report = run_demo(say=watching.step, watching=watching.look, **options)
    console.print()
    console.print(_table(report) if console.width >= _TABLE_WIDTH else _lines(report))
    console.print(_explanation(report.snapshot), highlight=False)
    file = _save_picture(report.snapshot, file)
    console.print(f"\nA picture of the ticks: {escape(str(file))}", highlight=False, soft_wrap=True)
    _conclude(console, report)
    return report


def _table(report: DemoReport) -> Table:
    table = Table(
        box=rich.box.SIMPLE_HEAD, title_justify="left", collapse_padding=True, pad_edge=False
    )
    table.title = (
        f"Envoy {report.envoy_version}, filter by {report.compiler}"
        f" ({report.module.bytes / 1000:.0f} KB), {_first_token(report.first_token_s)}"
    )
    for heading in (
        "thread",
        "VM",
        "ticks",
        "fetches",
        "token",
        "answers",
        "x-wasm-filter",
        "x-auth",
    ):
        table.add_column(heading, justify="right" if heading in ("ticks", "answers") else "left")
    for thread in report.snapshot.threads:
        table.add_row(*_cells(report.snapshot, thread, report.answers.get(thread.name, ())))
    return table


def _first_token(seconds: float) -> str:
    return f"first token after {seconds:.1f} s" if math.isfinite(seconds) else "no token"


def _lines(report: DemoReport) -> str:
    """Say the same without a table, for a narrow terminal."""
    lines = []
    for thread in report.snapshot.threads:
        name, _, ticks, fetches, token, answers, greeting, auth = _cells(
            report.snapshot, thread, report.answers.get(thread.name, ())
        )
        lines += [
            f"{name}: {tell_home(thread)}, {ticks} ticks",
            f"  fetches {fetches}, token {token}",
            f"  answers {answers}",
            f"  x-wasm-filter: {escape(greeting)}" if auth else f"  {greeting}",
            *([f"  x-auth: {escape(auth)}"] if auth else []),
        ]
    return "\n".join(lines)


def _cells(picture: Snapshot, thread: Thread, answers: tuple[JudgedAnswer, ...]) -> tuple[str, ...]:
    cells = (
        thread.name,
        tell_vm(thread).text,
        str(picture.count(thread, "ticks")),
        tell_fetches(picture, thread).text,
        tell_token(picture, thread).text,
    )
    if not answers:
        # The main thread runs the filter's timer, but only workers serve requests.
        return (*cells, "0", "(no traffic)" if thread.name == MAIN else "", "")
    # What was wrong once is what to show, though it may be right again.
    last = next((answer for answer in reversed(answers) if answer.fault), answers[-1])
    headers = last.response.headers
    if last.verdict is None:
        auth = "absent"
    else:
        auth = "✓ valid" if last.verdict.valid else f"✗ {last.verdict.reason}"
    answered = f"{len(answers)} × {last.response.status}"
    return (*cells, answered, headers.get("x-wasm-filter", "absent"), auth)


def _explanation(picture: Snapshot) -> str:
    workers, ticking = len(picture.workers), picture.ticking
    measured = picture.calls_per_period
    calls = "too few calls to measure" if measured is None else f"measured: {measured:g}"
    if any(picture.shared_with(worker) for worker in picture.workers):
        return (
            f"Why 1 and not {workers + 1}? A Wasm Service asks once for the whole process, on the"
            " main thread. The workers have no timer: each reads the token from the shared data."
            f"\nSo the token API gets 1 call a period ({calls})."
        )
    if any(map(has_no_vm, picture.threads)):
        return (
            f"Why 1 and not {workers + 1}? A dynamic module is a part of Envoy's process: there is"
            " one, and no VM. Its goroutine waits for all workers, and they share its token."
            f"\nSo the token API gets 1 call a period ({calls})."
        )
    return (
        f"Why {ticking} and not 1? Envoy's {_count(workers, 'worker')} and its main thread each run"
        " the filter in a Wasm VM of their own, so each has its own timer and its own token."
        f"\nSo the token API gets {workers} + 1 = {workers + 1} calls a period ({calls})."
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _save_picture(picture: Snapshot, file: Path) -> Path:
    # Loaded here: matplotlib takes a second, which must not come before the first tick.
    with loading():
        from lab_helpers.figures import draw_lanes  # noqa: PLC0415

    return save_figure(draw_lanes(picture), file, describe_lanes(picture))


def _conclude(console: Console, report: DemoReport) -> None:
    if not report.shortcomings:
        ticked = all(worker.ticks for worker in report.snapshot.workers)
        console.print(
            f"[bold green]✓[/] Every worker {'ticked, and ' if ticked else ''}answered with both"
            " headers and a token whose signature is valid."
        )
        return
    for shortcoming in report.shortcomings:
        console.print(f"[bold red]✗[/] {escape(shortcoming)}", highlight=False)
    console.print(f"Try: {report.remedy}.")
