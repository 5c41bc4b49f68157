"""What Envoy and a filter said before an end, line by line, each by whom."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence

from lab_helpers.board.panics import reason_and_trace
from lab_helpers.board.parsing import LIBRARY_LOGGER, is_envoys_own, parse_line

__all__ = ["Line", "Panic", "panics_in", "read_lines"]

# Envoy's own format, which `--mode validate` writes in: the time, the process, the level, the
# logger, and where in Envoy's source it is said.
_OWN_FORMAT = re.compile(
    r"^\[[^\]]*\]\[\d+\]\[(?P<level>\w+)\]\[(?P<logger>\w+)\]"
    r" (?:\[(?:source/[^\]]*|:)\] )?(?P<message>.*)$"
)
# `wasm log NAMES: text`; the names may be missing.
_BY_A_FILTER = re.compile(r"^wasm log(?: [^:\s]+)* ?: (?P<text>.*)$", re.DOTALL)
_ENDED_BY = re.compile(r"^Function: (?P<function>\w+) failed")
_PANIC = re.compile(r"^(?P<kind>panic|fatal error): (?P<reason>.*)$", re.DOTALL)
_PLAIN_LOG = re.compile(r"^wasm log(?: [^:\s]+)* ?:$")


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One line of the log.

    Attributes:
        message: What was said, without the format around it.
        level: Its level; "" where the line has none.
        by_filter: What a filter said; None for Envoy's own words.
    """

    message: str
    level: str = ""
    by_filter: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Panic:
    """A panic of a filter's Go.

    Attributes:
        reason: Its words.
        function: Which of Envoy's calls it ended, as `proxy_on_tick`; "" where Envoy did not say.
        in_main: Whether the stack that Go printed has a function of the filter's own.
    """

    reason: str
    function: str = ""
    in_main: bool = False


def read_lines(lines: Iterable[str]) -> tuple[Line, ...]:
    """Take raw lines apart, in the lab's format or in Envoy's own.

    Args:
        lines: Such as Envoy wrote them.
    """
    return tuple(_line(raw) for raw in lines)


def panics_in(lines: Sequence[Line]) -> tuple[Panic, ...]:
    """Return the panics of a filter's Go, oldest first.

    TinyGo says one in a line. Standard Go writes it in pieces, each a line of the log, and an empty
    one where its own line ends.

    Args:
        lines: The log.
    """
    found: list[Panic] = []
    for at, line in enumerate(lines):
        match = _PANIC.match(line.by_filter or "")
        if match is None:
            continue
        reason = match["reason"].strip()
        if not reason:
            reason, _ = reason_and_trace([one.by_filter or "" for one in lines[at + 1 :]])
        function, own = _ended(lines[at + 1 :])
        found.append(Panic(reason, function, own))
    return tuple(found)


def _ended(lines: Sequence[Line]) -> tuple[str, bool]:
    """Return what a panic ended, and whether its stack has a function of package main."""
    own = False
    for line in lines:
        if line.by_filter is not None:
            own = own or line.by_filter.startswith("main.")
        elif match := _ENDED_BY.match(line.message):
            return match["function"], own or " - main." in line.message
    return "", own


def _line(raw: str) -> Line:
    parsed = parse_line(raw)
    own = None if parsed else _OWN_FORMAT.match(raw.rstrip())
    message = parsed.message if parsed else own["message"] if own else raw.rstrip()
    level = parsed.level if parsed else own["level"] if own else ""
    # Protobuf puts stray spaces into its messages, so that no program relies on them.
    message = re.sub(r"[ \xa0]+", " ", message)
    said = _BY_A_FILTER.match(message)
    text = said["text"] if said else "" if _PLAIN_LOG.match(message) else None
    logger = parsed.logger if parsed else own["logger"] if own else ""
    if logger == LIBRARY_LOGGER and not is_envoys_own(message):
        text = message
    return Line(message, level, text)
