"""Read one line of Envoy's log as an event: a pure function, so that it can be tested alone.

Envoy is started with `LOG_FORMAT`. Its fields are those of Envoy's `--log-format` (spdlog's): the
time with its offset, the thread id, the level, the logger's name, the message escaped as JSON.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import json
import re
from collections.abc import Callable, Mapping

from lab_helpers.board.crossings import TRACE_LEVEL, parse_crossing, parse_vm_life
from lab_helpers.board.events import (
    CalloutRefused,
    CalloutSent,
    Event,
    FetchEnded,
    FilterSaid,
    LogEvent,
    Panicked,
    SettingsRefused,
    Ticked,
    TokenRead,
    UpdateRefused,
    VmFailed,
    VmStarted,
    WorkerStarted,
)
from lab_helpers.board.logfmt import parse_logfmt

__all__ = [
    "LIBRARY_LOGGER",
    "LOG_FORMAT",
    "LogLine",
    "is_envoys_own",
    "parse_event",
    "parse_line",
]

LIBRARY_LOGGER = "dynamic_modules"
"""Under which name dynamic modules log, and Envoy of them."""
LOG_FORMAT = "%Y-%m-%dT%T.%f%z|%t|%l|%n|%j"

_FIELDS = 5
# Where a stamp's fraction begins and ends: `2026-11-27T12:43:16.567101+00:00`.
_SECOND = 19
_ZONE = 26
# Envoy writes `wasm log <root_id> <vm_id>: ` before a tick's line and `wasm log <plugin name>
# <root_id> <vm_id>: ` before a request's; any of the names may be empty.
_WASM_PREFIX = re.compile(r"^wasm log(?P<names>(?: [^:\s]+)*) ?: (?P<text>.*)$", re.DOTALL)
_FUNCTION = "Function: "
_WASM_FAILED = re.compile(r"^Function: (?P<function>\w+) failed: (?P<reason>.*)$", re.DOTALL)
_PANIC = "panic: "
# What the SDK for Rust logs of a panic; Envoy spells the line's end out.
_RUST_PANIC = re.compile(r"panicked at (?P<place>\S+:\d+:\d+):(?:\\n|\n)(?P<text>.*)", re.DOTALL)
# What Envoy itself says of a dynamic module, under the same name as the module: nothing marks it.
_ENVOYS_OWN = re.compile(
    r"^(?:Dynamic module ABI version |Unable to load dynamic module |Failed to |Static module )"
)
# What a dynamic module calls its tag, which is no VM's.
_LIBRARY_TAG = "module"
_UPDATE_REFUSED = ("Filesystem config update rejected: ", "Filesystem config update failure: ")
# The board keeps hundreds of lines: what one of them may take is bounded, too.
_MOST_TEXT = 16_384
_MOST_NAME = 64
_NAMES = ("vm", "module", "token", "outcome")


@dataclasses.dataclass(frozen=True, slots=True)
class LogLine:
    """One line of Envoy's log, taken apart.

    Attributes:
        time: Seconds since the epoch.
        tid: The thread that logged, by the kernel's (or its container's) number.
        level: `info`, `warning`, `error`, `critical`, `debug`.
        logger: The component, such as `wasm` or `main`.
        message: The message with its escapes undone.
    """

    time: float
    tid: int
    level: str
    logger: str
    message: str


def parse_line(line: str) -> LogLine | None:
    """Take one raw line of the log apart.

    Args:
        line: A line that Envoy wrote with `LOG_FORMAT`, with or without its line end.

    Returns:
        The line's parts, or None where it has another form (Envoy's own crash reports have).
    """
    parts = line.rstrip("\r\n").split("|", _FIELDS - 1)
    if len(parts) != _FIELDS:
        return None
    stamp, tid, level, logger, escaped = parts
    try:
        time = _moment(stamp)
        # Hardly any line has an escape in it, and to look for one is ten times as quick.
        message = json.loads(f'"{escaped}"', strict=False) if "\\" in escaped else escaped
        return LogLine(time, int(tid), level, logger, message)
    except ValueError:
        return None


def _moment(stamp: str) -> float:
    """Return a stamp as seconds since the epoch; Envoy's own form is read the quick way."""
    if stamp[_SECOND : _SECOND + 1] == "." and stamp[_ZONE : _ZONE + 1] in ("+", "-"):
        return _second(stamp[:_SECOND], stamp[_ZONE:]) + float(stamp[_SECOND:_ZONE])
    return dt.datetime.fromisoformat(stamp).timestamp()


@functools.lru_cache(maxsize=8)
def _second(stamp: str, zone: str) -> float:
    """Return a whole second; thousands of lines share one, and dates are slow to read."""
    return dt.datetime.fromisoformat(stamp + zone).timestamp()


def parse_event(line: str) -> Event | None:
    """Read one raw line of the log as an event.

    Args:
        line: A line that Envoy wrote with `LOG_FORMAT`.

    Returns:
        The event, or None where the line tells of none.
    """
    parsed = parse_line(line)
    if parsed is None:
        return None
    if parsed.logger == "main" and "worker entering dispatch loop" in parsed.message:
        return WorkerStarted(parsed.time, parsed.tid)
    if parsed.logger == "config" and parsed.message.startswith(_UPDATE_REFUSED):
        return UpdateRefused(parsed.time, parsed.tid)
    if parsed.logger == LIBRARY_LOGGER:
        return _library_event(parsed)
    if parsed.logger != "wasm":
        return None
    return _wasm_event(parsed)


def is_envoys_own(message: str) -> bool:
    """Return whether Envoy said something of a dynamic module, and not the module itself.

    Args:
        message: What was logged under `LIBRARY_LOGGER`.
    """
    return bool(_ENVOYS_OWN.match(message))


def _library_event(line: LogLine) -> Event | None:
    """Read what a dynamic module said: the lines of a Wasm filter, but for what it calls itself."""
    if is_envoys_own(line.message) and line.level not in ("warning", "error", "critical"):
        return None
    text = _cut(line.message)
    return _token_filter_event(line, text) or FilterSaid(line.time, line.tid, line.level, text)


def _cut(text: str) -> str:
    if len(text) <= _MOST_TEXT:
        return text
    return f"{text[:_MOST_TEXT]}… (cut: {len(text):,} characters)"


def _wasm_event(line: LogLine) -> Event | None:
    if line.level == TRACE_LEVEL:
        crossing = parse_crossing(line.time, line.tid, line.message)
        if crossing is not None:
            return crossing
    elif line.level == "debug":
        life = parse_vm_life(line.time, line.tid, line.message)
        if life is not None:
            return life
    # Envoy's own words have no prefix; a filter may say the same in a line of its own.
    failed = _WASM_FAILED.match(line.message) if line.message.startswith(_FUNCTION) else None
    if failed:
        return VmFailed(line.time, line.tid, failed["function"], failed["reason"])
    said = _WASM_PREFIX.match(line.message)
    if said is None:
        return None
    text = said["text"]
    if line.level == "critical" and (panic := _RUST_PANIC.fullmatch(text)):
        text = f"{_PANIC}{panic['text']}, at {panic['place']}"
    if text.startswith(_PANIC):
        return Panicked(line.time, line.tid, text.removeprefix(_PANIC))
    text = _cut(text)
    return _token_filter_event(line, text) or FilterSaid(line.time, line.tid, line.level, text)


def _token_filter_event(line: LogLine, text: str) -> LogEvent | None:
    pairs = parse_logfmt(text)
    build = _BUILDERS.get(pairs.get("event", "")) if pairs else None
    if pairs is None or build is None:
        return None
    # None of ours is so long, and the board keeps each. Hardly any value is, whatever its name.
    longest = max(map(len, pairs.values()))
    if longest > _MOST_NAME and any(len(pairs.get(name, "")) > _MOST_NAME for name in _NAMES):
        return None
    try:
        if line.logger == LIBRARY_LOGGER:
            pairs = {**pairs, "vm": pairs[_LIBRARY_TAG]}
        return build(line, pairs)
    except (KeyError, ValueError):
        # Another filter's line that happens to begin like one of ours: it is shown as it stands.
        return None


_BUILDERS: Mapping[str, Callable[[LogLine, Mapping[str, str]], LogEvent]] = {
    "start": lambda at, f: VmStarted(
        at.time,
        at.tid,
        f["vm"],
        int(f["tick_ms"]),
        f.get("shares", ""),
        f.get("reads", ""),
        library=at.logger == LIBRARY_LOGGER,
    ),
    "read": lambda at, f: TokenRead(
        at.time, at.tid, f["vm"], f["outcome"], f.get("token", ""), f.get("by", "")
    ),
    "settings_refused": lambda at, f: SettingsRefused(
        at.time, at.tid, f["vm"], f["error"], library=at.logger == LIBRARY_LOGGER
    ),
    "tick": lambda at, f: Ticked(at.time, at.tid, f["vm"], int(f["n"])),
    "callout": lambda at, f: CalloutSent(at.time, at.tid, f["vm"], int(f["n"])),
    "callout_refused": lambda at, f: CalloutRefused(
        at.time, at.tid, f["vm"], int(f["n"]), f["error"]
    ),
    "fetch": lambda at, f: FetchEnded(
        at.time, at.tid, f["vm"], int(f["n"]), f["outcome"], int(f["status"]), f.get("token", "")
    ),
}
