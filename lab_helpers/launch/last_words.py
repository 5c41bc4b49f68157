"""Why an Envoy ended, in its own words: those that name the reason, and not those that came last.

Behind the reason of a crash Envoy writes a backtrace, which is addresses alone; behind a wrong flag
how it is called; before an orderly end nothing but the signal, if it was one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lab_helpers.launch.causes import Cause
from lab_helpers.launch.linux_signals import SIGKILL, signal_name
from lab_helpers.launch.said import Line

__all__ = ["KILLED", "ending", "ending_cause", "hint_of", "reasons_in"]

KILLED = (-SIGKILL, 128 + SIGKILL)
"""The exit codes of an Envoy that was killed, natively and in a container."""

# Each provoked with Envoy 1.40 (`tests/envoy/test_endings.py`), but for those of other programs'
# libraries: the C library's, C++'s, V8's and the runtime of a Go dynamic module.
_REASONS = re.compile(
    r"^(?:Caught .*, suspect faulting address"
    r"|assert failure: |envoy bug failure: "
    r"|caught (?:ENVOY_)?SIG"
    r"|(?:panic|fatal error): "
    r"|PARSE ERROR: "
    r"|error: "
    r"|terminate called |libc\+\+abi: |\*\*\* |(?:malloc|free|munmap_chunk|corrupted)\b.*\b"
    r"|# (?:Fatal|Check failed))"
    r"|FATAL ERROR: |error while loading shared libraries: |Too many open files"
)
# What stands behind a reason, and what Envoy says at each start: neither tells why it ended.
_BESIDE = re.compile(
    r"^(?:#\d+:? |Backtrace \(|Envoy version: |Address mapping: |stacktrace for envoy bug$"
    r"|There is no configured limit to the number of allowed active downstream connections"
    r"|Brief USAGE:|For complete USAGE |\s*$)"
)
_USAGE = re.compile(r"^Brief USAGE:")
_SIGNAL = re.compile(r"^caught (?:ENVOY_)?(?P<name>SIG\w+)")
_ALARMS = ("error", "critical")
_MOST = 5
_MEMORY = "it may have run out of memory: use fewer workers, or stop other programs"
_TAIL = "in a notebook the error's `log_tail` holds Envoy's last lines"
_HINTS = (
    (r"Unable to create a thread", "use fewer workers, or let a user have more (`ulimit -u`)"),
    (r"Out of memory|bad_alloc|out of memory", _MEMORY),
    (
        r"Too many open files",
        "let it open more files: `ulimit -n 1024` in the terminal, before the lab is started",
    ),
    (
        r"^PARSE ERROR|^error: invalid",
        "see with `lab doctor` which Envoy this is: it does not know a flag that the lab gives it",
    ),
    (
        r"loading shared libraries",
        "install the library that it names; `lab doctor` says which Envoy this is",
    ),
    (r"^caught ", "start it again: envoy.start()"),
    (
        r"^Caught ",
        "start it again: envoy.start(); if it ends so again, Envoy's makers ask for its `log_tail`",
    ),
)


def ending_cause(said: Sequence[Line], exit_code: int | None, while_doing: str) -> Cause:
    """Return why an Envoy ended that gave no reason for refusing its configuration.

    Args:
        said: Its log.
        exit_code: Its exit code, negative for a signal; None where nobody can tell.
        while_doing: What was going on, as in `while it ran`.
    """
    words = reasons_in(said)
    if exit_code == 0:
        return _asked_to_end(words, while_doing)
    what = f"Envoy {ending(exit_code)} {while_doing}"
    if exit_code in KILLED:
        return Cause(f"{what}.", "Nobody can say anything before SIGKILL.", _MEMORY)
    if words:
        hint = hint_of(words) or f"read the reason above; {_TAIL}"
        return Cause(f"{what}.", "\n".join(words), hint)
    if exit_code is not None and exit_code < 0:
        what = f"{what}, which another program sent: Envoy has said nothing of it."
        return Cause(what, "", "start it again: envoy.start()")
    last = [line.message for line in said if not _BESIDE.search(line.message)][-_MOST:]
    if not last:
        return Cause(f"{what}, and gave no reason.", "", "see with `lab doctor` which Envoy it is")
    return Cause(
        f"{what}, and gave no reason. What it said last:",
        "\n".join(last),
        f"see with `lab doctor` which Envoy it is; {_TAIL}",
    )


def hint_of(words: Sequence[str]) -> str:
    """Return what to try where Envoy said this; "" where nobody knows.

    Args:
        words: As `reasons_in` returns them.
    """
    said = "\n".join(words)
    return next((hint for sign, hint in _HINTS if re.search(sign, said, re.MULTILINE)), "")


def _asked_to_end(words: Sequence[str], while_doing: str) -> Cause:
    """Return who asked an Envoy to end that ended in good order."""
    what = f"Envoy ended with exit code 0 {while_doing}, for it was asked to"
    signals = [match["name"] for word in words if (match := _SIGNAL.search(word))]
    again = "start it again: envoy.start()"
    if signals:
        return Cause(f"{what} by {signals[-1]}.", "\n".join(words), again)
    # Envoy notes each signal that ends it, so it was the other way.
    return Cause(f"{what}, and not by a signal: by /quitquitquit on its admin port.", "", again)


def reasons_in(said: Sequence[Line]) -> list[str]:
    """Return the lines that name a reason; where none does, what Envoy itself called an error.

    Args:
        said: The log.
    """
    own = [line for line in said if line.by_filter is None and not _BESIDE.search(line.message)]
    marked = [line.message for line in own if _REASONS.search(line.message)]
    if any(line.startswith("PARSE ERROR") for line in marked):
        marked = _parse_error([line.message for line in said])
    alarms = [line.message for line in own if line.level in _ALARMS]
    return list(dict.fromkeys(marked))[:_MOST] or alarms[-_MOST:]


def _parse_error(messages: Sequence[str]) -> list[str]:
    """Return what is wrong with a flag: it spans lines, and how Envoy is called comes behind it."""
    begin = next(n for n, line in enumerate(messages) if line.startswith("PARSE ERROR"))
    end = next((n for n, line in enumerate(messages) if _USAGE.match(line)), begin + _MOST)
    return [line.strip() for line in messages[begin:end] if line.strip()]


def ending(exit_code: int | None) -> str:
    """Say how an Envoy ended, as in `was ended by SIGSEGV`.

    Args:
        exit_code: Its exit code, negative for a signal; None where nobody can tell.
    """
    if exit_code is None:
        return "ended"
    if exit_code < 0:
        return f"was ended by {signal_name(-exit_code)}"
    return f"ended with exit code {exit_code}"
