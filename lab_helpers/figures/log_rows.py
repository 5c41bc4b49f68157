"""What filters said, line by line, as a table shows it; and the same in words."""

from __future__ import annotations

import dataclasses
import datetime as dt

from lab_helpers.board.events import FilterSaid, Panicked, SettingsRefused, VmFailed
from lab_helpers.board.snapshot import Snapshot
from lab_helpers.plain_text import plain_text

__all__ = ["MOST_BYTES", "LogRow", "clock_time", "describe_log", "log_rows"]

MOST_BYTES = 32 * 1024
"""How many bytes of text a log shows at once: a saved notebook holds them twice."""

_LONGEST = 2_000


@dataclasses.dataclass(frozen=True, slots=True)
class LogRow:
    """One line, ready to be shown: its text is plain, but not escaped for HTML.

    Attributes:
        number: Which line of this run it is, from 1.
        time: When it was written, in seconds since the epoch.
        tid: The thread's number in Envoy's log.
        thread: The thread's name.
        level: The level, or what befell the VM, with a mark that needs no colour.
        text: What was said.
        serious: Whether Go panicked, or the VM failed or refused its settings.
    """

    number: int
    time: float
    tid: int
    thread: str
    level: str
    text: str
    serious: bool


def log_rows(snapshot: Snapshot) -> tuple[LogRow, ...]:
    """Return the last lines, oldest first, as far as there is room for them.

    Args:
        snapshot: The picture's moment; it keeps the last 200 lines.
    """
    names = {thread.tid: thread.name for thread in snapshot.threads}
    rows: list[LogRow] = []
    room = MOST_BYTES
    for back, line in enumerate(reversed(snapshot.lines)):
        level, text = _said(line)
        text = plain_text(text, _LONGEST)
        room -= len(text.encode())
        if rows and room < 0:
            break
        name = names.get(line.tid, f"thread {line.tid}")
        number = snapshot.lines_total - back
        serious = not isinstance(line, FilterSaid)
        rows.append(LogRow(number, line.time, line.tid, name, level, text, serious))
    return tuple(reversed(rows))


def describe_log(snapshot: Snapshot) -> str:
    """Say in words, and with its lines, what the log shows.

    Args:
        snapshot: The picture's moment.
    """
    rows = log_rows(snapshot)
    if not rows:
        return (
            "No filter has said anything in words of its own. The token filter's ticks and fetches"
            ' stand in the lanes; debug lines come with Envoy(…, log_level="debug").'
        )
    lines = [_summary(snapshot, rows)]
    for row in rows:
        first, *more = row.text.split("\n")
        lines.append(f"{clock_time(row.time)} UTC {row.thread} {row.level}: {first}")
        lines += [f"    {part}" for part in more]
    return "\n".join(lines)


def clock_time(time: float) -> str:
    """Return a time of day in UTC with its milliseconds.

    Args:
        time: In seconds since the epoch.
    """
    return f"{dt.datetime.fromtimestamp(time, dt.UTC):%H:%M:%S.%f}"[:-3]


def _summary(snapshot: Snapshot, rows: tuple[LogRow, ...]) -> str:
    plural = "" if len(rows) == 1 else "s"
    earlier = snapshot.lines_total - len(rows)
    before = f", after {earlier:,} that are no longer shown" if earlier else ""
    panics = sum(1 for line in snapshot.lines[-len(rows) :] if isinstance(line, Panicked))
    panicked = f"; {panics} of them a panic" if panics == 1 else f"; {panics} of them panics"
    return f"{len(rows)} line{plural} of the log{before}{panicked if panics else ''}."


def _said(line: FilterSaid | Panicked | VmFailed | SettingsRefused) -> tuple[str, str]:
    match line:
        case FilterSaid():
            return line.level, line.text
        case Panicked():
            return "✖ panic", line.reason
        case VmFailed():
            return "✖ VM failed", f"{line.function}: {line.reason}"
        case SettingsRefused():
            return "✖ settings refused", line.reason
