"""Follow one request through a filter, in a terminal: start Envoy, ask, say what crossed, stop."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from lab_helpers.commands.failed import compile_telling_lines, say_failures
from lab_helpers.commands.own_configuration import own_configuration
from lab_helpers.envoy import Envoy
from lab_helpers.envoy.journey import Journey
from lab_helpers.envoy.requests import as_request
from lab_helpers.errors import TrafficError
from lab_helpers.figures.files import picture_file
from lab_helpers.filter_names import source_folder
from lab_helpers.folders import repository_folder
from lab_helpers.launch import choose_launcher
from lab_helpers.plain_text import plain_text
from lab_helpers.tokens import shown_header
from lab_helpers.waits import waiting

__all__ = ["Ask", "run_follow"]

_SOON = {"tick_ms": 500}


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """The request, as a person wrote it in a terminal.

    Attributes:
        path: Its path.
        method: Its method; "" for GET, or POST where there is data.
        headers: Each as `name: value`.
        data: Its body; None for none.
        worker: Which worker is asked.
    """

    path: str = "/"
    method: str = ""
    headers: Sequence[str] = ()
    data: str | None = None
    worker: str = "worker_0"


def run_follow(
    console: Console,
    filter_dir: Path | str,
    ask: Ask,
    launcher: str | None = None,
    picture: Path | None = None,
) -> Journey:
    """Run a filter for one request, and say what crosses.

    Args:
        console: Where to print.
        filter_dir: The filter's folder, as `compile_filter` takes it.
        ask: The request.
        launcher: `native`, `docker`, or None for whichever is there.
        picture: Where its picture is saved; None for no picture.

    Returns:
        The journey.

    Raises:
        LabError: The request cannot be sent, the filter does not compile, Envoy did not start.
    """
    method = ask.method or ("GET" if ask.data is None else "POST")
    headers = tuple(_header(text) for text in ask.headers)
    request = as_request(ask.path, method, headers, ask.data)  # before anybody waits
    workers = _workers(ask.worker)
    target = None if picture is None else picture_file(picture)
    chosen = choose_launcher(launcher)
    chosen.prepare(console)
    module = compile_telling_lines(console, filter_dir)
    fetches = source_folder(filter_dir) in _fetching()
    with (
        waiting(f"Following {request.method} {shown_header('', request.path)}"),
        Envoy(
            module,
            workers=workers,
            configuration=own_configuration(filter_dir),
            settings=_SOON if fetches else None,
            launcher=chosen,
            see="log",
        ) as envoy,
    ):
        if fetches:
            # In the article's 15 s nobody would wait; without one, the best of it is not there.
            envoy.wait_for_tokens()
        journey = envoy.follow(
            ask.worker,
            request.path,
            method=request.method,
            headers=request.headers,
            body=request.body,
        )
        board = envoy.snapshot()
    _show(console, journey)
    say_failures(console, board, module, 0.0)
    if target is not None:
        saved = journey.save(target)
        console.print(f"The picture: {escape(str(saved))}", highlight=False, soft_wrap=True)
    return journey


def _fetching() -> tuple[Path, ...]:
    """Return the lab's own filters that fetch a token by a timer, for each request to carry."""
    return tuple(repository_folder() / "filter" / name for name in ("token", "upstream"))


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise TrafficError(
            f"{text!r:.60} is no header.", hint='write it as curl does: -H "x-user: ada"'
        )
    return name.strip(), value.strip()


def _workers(worker: str) -> int:
    """Return how many workers there have to be, so that this one is among them."""
    prefix, _, number = worker.rpartition("_")
    if prefix != "worker" or not number.isdecimal():
        raise TrafficError(f"There is no {worker}.", hint="--worker worker_0")
    return int(number) + 1


def _show(console: Console, journey: Journey) -> None:
    table = journey.table
    console.print(escape(plain_text(table.title)), highlight=False, soft_wrap=True)
    for row, strong in zip(table.rows, table.strong, strict=True):
        # One line each, whatever the terminal's width: a name that is cut off is no use.
        line = f"{row.time:>12}  {row.name} {row.details}".rstrip()
        line += f" → {row.outcome}" if row.outcome else ""
        line += f"  ({row.took})" if row.took else ""
        style = "bold" if strong else "dim"
        console.print(f"[{style}]{escape(plain_text(line))}[/]", highlight=False, soft_wrap=True)
    for line in journey.after.split("\n"):
        console.print(escape(plain_text(line)), highlight=False, soft_wrap=True)
